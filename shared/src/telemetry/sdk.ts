import { context, DiagLogLevel, diag, metrics, propagation, trace } from '@opentelemetry/api';
import type { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { type IMetricReader, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { HeliumError } from '../errors/helium-error.ts';
import { parseWholeNumber } from '../whole-number.ts';
import type { Logger } from './logger.ts';
import { SCOPE } from './names.ts';
import { type PrometheusEndpoint, startPrometheusEndpoint } from './prometheus-endpoint.ts';
import type { SignalPlan } from './signals.ts';
import { createTracing } from './span-tracing.ts';
import type { Telemetry, TelemetryOptions } from './start-telemetry.ts';

/** The standard's default. */
const EXPORT_INTERVAL_MS = 60_000;

/**
 * Loads and starts the OpenTelemetry SDK. Its own file, so that it is loaded only when it is wanted.
 * Throws as `startTelemetry` does.
 */
export async function startSdk(options: TelemetryOptions, signals: SignalPlan): Promise<Telemetry> {
  const environment = options.environment ?? process.env;
  const exportIntervalMs = exportIntervalFrom(environment);
  diag.setLogger(diagnosticsTo(options.logger), { logLevel: DiagLogLevel.WARN });
  const endpoint =
    options.metricsListen === ''
      ? undefined
      : await startPrometheusEndpoint(options.metricsListen, options.metricsDoor);
  if (endpoint !== undefined) options.logger.info('serving metrics', { address: endpoint.address });
  const sdk = new NodeSDK({
    autoDetectResources: false,
    resource: resourceFromAttributes({
      'service.name': options.service,
      'service.instance.id': options.instance,
    }).merge(detectResources({ detectors: [envDetector] })),
    logRecordProcessors: [],
    ...(signals.traces ? {} : { spanProcessors: [] }),
    ...(await metricReaders(endpoint?.exporter, signals, environment, exportIntervalMs)),
  });
  sdk.start();
  return {
    enabled: true,
    meter: metrics.getMeter(SCOPE),
    tracing: createTracing(trace.getTracer(SCOPE)),
    metricsAddress: endpoint?.address,
    shutdown: () => stopSdk(sdk, endpoint, options.logger),
  };
}

/**
 * The readers the SDK makes by itself from the environment, unless there is a Prometheus endpoint:
 * then that one, and OTLP beside it.
 */
async function metricReaders(
  prometheus: PrometheusExporter | undefined,
  signals: SignalPlan,
  environment: Readonly<Record<string, string | undefined>>,
  exportIntervalMillis: number,
): Promise<{ metricReaders?: IMetricReader[] }> {
  if (prometheus === undefined) return signals.metrics ? {} : { metricReaders: [] };
  if (!signals.metrics) return { metricReaders: [prometheus] };
  const protocol =
    environment.OTEL_EXPORTER_OTLP_METRICS_PROTOCOL ?? environment.OTEL_EXPORTER_OTLP_PROTOCOL;
  const exporter = await otlpMetricExporter(protocol?.trim());
  const otlp = new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis,
    exportTimeoutMillis: Math.min(30_000, exportIntervalMillis),
  });
  return { metricReaders: [prometheus, otlp] };
}

/** Milliseconds between exports of metrics; an empty variable counts as unset. Throws CONFIG_INVALID. */
function exportIntervalFrom(environment: Readonly<Record<string, string | undefined>>): number {
  const text = environment.OTEL_METRIC_EXPORT_INTERVAL ?? '';
  const interval = text === '' ? EXPORT_INTERVAL_MS : parseWholeNumber(text, 1);
  if (interval !== undefined) return interval;
  const message = `OTEL_METRIC_EXPORT_INTERVAL: ${JSON.stringify(text)} is not a whole number of ms, at least 1`;
  throw new HeliumError('CONFIG_INVALID', message);
}

async function otlpMetricExporter(protocol: string | undefined) {
  switch (protocol) {
    case 'grpc':
      return new (await import('@opentelemetry/exporter-metrics-otlp-grpc')).OTLPMetricExporter();
    case 'http/json':
      return new (await import('@opentelemetry/exporter-metrics-otlp-http')).OTLPMetricExporter();
    default:
      return new (await import('@opentelemetry/exporter-metrics-otlp-proto')).OTLPMetricExporter();
  }
}

/** A collector that is away must not keep a program from ending well: its errors are logged. */
async function stopSdk(
  sdk: NodeSDK,
  endpoint: PrometheusEndpoint | undefined,
  logger: Logger,
): Promise<void> {
  try {
    await sdk.shutdown();
  } catch (error) {
    logger.warn('the last telemetry could not be exported', { error });
  }
  await endpoint?.close();
  for (const api of [metrics, trace, context, propagation, diag]) api.disable();
}

function diagnosticsTo(logger: Logger) {
  const log = logger.child('opentelemetry');
  const text = (message: string, rest: unknown[]) => [message, ...rest.map(String)].join(' ');
  return {
    error: (message: string, ...rest: unknown[]) => log.error(text(message, rest)),
    warn: (message: string, ...rest: unknown[]) => log.warn(text(message, rest)),
    info: (message: string, ...rest: unknown[]) => log.info(text(message, rest)),
    debug: (message: string, ...rest: unknown[]) => log.debug(text(message, rest)),
    verbose: (message: string, ...rest: unknown[]) => log.debug(text(message, rest)),
  };
}
