import type { SettingName } from './settings.ts';

/** The settings that the coordinator program takes; others as flags are refused. */
export const COORDINATOR_SETTINGS = [
  'home',
  'listen',
  'redis-url',
  'run-journal',
  'run-journal-name',
  'cache-ttl-seconds',
  'cache-secret',
  'storage-key-file',
  'credentials',
  'anonymous-access',
  'tls-cert',
  'tls-key',
  'tls-client-ca',
  'functions',
  'policy',
  'improve-ms',
  'tenant-weights',
  'heartbeat-ms',
  'worker-timeout-ms',
  'message-mib-max',
  'metrics-listen',
  'metrics-credentials',
  'health-listen',
  'log-level',
] as const satisfies readonly SettingName[];

/** The settings by which programs reach a coordinator and say who they are. */
export const DIAL_SETTINGS = [
  'coordinator',
  'token',
  'token-file',
  'plaintext-token',
  'tls-ca',
  'tls-cert',
  'tls-key',
  'tls-server-name',
] as const satisfies readonly SettingName[];

/** The settings that the worker program takes; others as flags are refused. */
export const WORKER_SETTINGS = [
  'home',
  ...DIAL_SETTINGS,
  'model',
  'model-name',
  'engine',
  'precision',
  'device',
  'prompt-lookup',
  'stacked-queries',
  'threads',
  'workers',
  'worker-id',
  'max-batch',
  'max-calls',
  'context-tokens',
  'kv-mib',
  'sim-speed',
  'message-mib-max',
  'anonymous-access',
  'metrics-listen',
  'metrics-credentials',
  'health-listen',
  'log-level',
] as const satisfies readonly SettingName[];
