import type { Meter } from '@opentelemetry/api';
import type { Logger } from './logger.ts';
import { noTelemetry } from './no-telemetry.ts';
import type { MetricsDoor } from './prometheus-endpoint.ts';
import { type SignalPlan, signalsFrom } from './signals.ts';
import type { Tracing } from './tracing.ts';

export interface TelemetryOptions {
  /** `service.name`, e.g. `helium-worker`; OTEL_SERVICE_NAME overrides it. */
  readonly service: string;
  /** `service.instance.id`, e.g. the worker's id. */
  readonly instance: string;
  /** host:port of the Prometheus endpoint; '' for none. Port 0 picks one. */
  readonly metricsListen: string;
  /** Who may read that endpoint; default: everybody who reaches it. */
  readonly metricsDoor?: MetricsDoor | undefined;
  /** Takes what the OpenTelemetry SDK has to say: exports that fail. */
  readonly logger: Logger;
  /** Default: the process's. Exporters read the process's in any case. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** Where a program's spans and measurements go. One per process. */
export interface Telemetry {
  /** False: meter and tracing do nothing. */
  readonly enabled: boolean;
  readonly meter: Meter;
  readonly tracing: Tracing;
  /** The Prometheus endpoint's address as bound, or undefined. */
  readonly metricsAddress: string | undefined;
  /** Exports what is left, then stops; later spans and measurements are lost. */
  shutdown(): Promise<void>;
}

/**
 * Starts what the standard OTEL_* variables and `metricsListen` ask for. With neither an OTLP
 * endpoint nor an exporter named nor a Prometheus address, no SDK is loaded. Throws ADDRESS_IN_USE
 * or CONFIG_INVALID for the Prometheus address, and CONFIG_INVALID for an export interval that is none.
 */
export async function startTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  const signals: SignalPlan = signalsFrom(options.environment ?? process.env);
  if (!signals.traces && !signals.metrics && options.metricsListen === '') return noTelemetry();
  const { startSdk } = await import('./sdk.ts');
  return startSdk(options, signals);
}
