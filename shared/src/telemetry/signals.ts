/** Which signals leave the process by the standard variables. */
export interface SignalPlan {
  readonly traces: boolean;
  readonly metrics: boolean;
}

/**
 * Reads the OTEL_* variables. Unlike the standard's default (OTLP to localhost), a signal is on
 * only if an endpoint or an exporter is named for it.
 */
export function signalsFrom(environment: Readonly<Record<string, string | undefined>>): SignalPlan {
  const isDisabled = environment.OTEL_SDK_DISABLED?.trim().toLowerCase() === 'true';
  const isOn = (signal: 'TRACES' | 'METRICS') => {
    const exporters = listOf(environment[`OTEL_${signal}_EXPORTER`]);
    if (isDisabled || exporters.includes('none')) return false;
    const endpoint =
      environment[`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`] ??
      environment.OTEL_EXPORTER_OTLP_ENDPOINT;
    return exporters.length > 0 || (endpoint ?? '').trim() !== '';
  };
  return { traces: isOn('TRACES'), metrics: isOn('METRICS') };
}

function listOf(value: string | undefined): readonly string[] {
  return (value ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
