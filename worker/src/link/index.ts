export { Backoff, type BackoffOptions } from './backoff.ts';
export {
  type AttachmentEnd,
  CoordinatorLink,
  type LinkObserver,
  type LinkOptions,
  type LinkState,
} from './coordinator-link.ts';
export type {
  CoordinatorListener,
  CoordinatorMessage,
  CoordinatorPort,
  DialCoordinator,
  WorkerLoad,
  WorkerMessage,
} from './coordinator-port.ts';
export { createDialer, type DialOptions } from './dial-coordinator.ts';
export { type IdentitySettings, identifyTo } from './identify.ts';
export { keepAttached, type ReconnectOptions } from './reconnect.ts';
