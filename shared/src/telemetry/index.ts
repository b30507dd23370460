export {
  type AccessMetrics,
  createAccessMetrics,
  createTlsMetrics,
  type HandshakeFailure,
  type RefusalReason,
  type TlsMetrics,
} from './access-metrics.ts';
export {
  type CoordinatorMetrics,
  type CoordinatorSources,
  createCoordinatorMetrics,
  createPromptCacheMetrics,
  type PlannedCounts,
  type PromptCacheMetrics,
} from './coordinator-metrics.ts';
export {
  createLogger,
  type LogFields,
  type Logger,
  type LoggerOptions,
  type LogLevel,
  silentLogger,
} from './logger.ts';
export { type LoopDelay, measureLoopDelay, observeLoopDelay } from './loop-delay.ts';
export {
  ATTRIBUTES,
  METRICS,
  type MetricDescription,
  type MetricName,
  OPERATIONS,
  SCOPE,
} from './names.ts';
export { noTelemetry } from './no-telemetry.ts';
export {
  startTelemetry,
  type Telemetry,
  type TelemetryOptions,
} from './start-telemetry.ts';
export { parseTraceparent } from './traceparent.ts';
export type {
  CallEnd,
  CallStart,
  CallTrace,
  OperatorStart,
  RunEnd,
  RunStart,
  RunTrace,
  Tracing,
} from './tracing.ts';
export { createWorkerMetrics, type WorkerMetrics, type WorkerSources } from './worker-metrics.ts';
