export {
  assertMetricsGuarded,
  assertPortGuarded,
  type MetricsGuard,
  type PortGuard,
} from './assert-guarded.ts';
export type { Credential } from './credential.ts';
export { CredentialBook, type EndStream, type TokenRefusal } from './credential-book.ts';
export { openMetricsDoor } from './metrics-door.ts';
export { readCredentials } from './read-credentials.ts';
export { type WatchedCredentials, watchCredentials } from './watch-credentials.ts';
