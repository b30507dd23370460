export type { Engine, EngineDescription, EngineEvent } from './engine/engine.ts';
export {
  createSimEngine,
  type EngineConfig,
  type EngineIdentity,
  type StartedEngine,
  startEngine,
} from './engine/index.ts';
export {
  type AttachmentEnd,
  Backoff,
  CoordinatorLink,
  type CoordinatorListener,
  type CoordinatorMessage,
  type CoordinatorPort,
  createDialer,
  type DialCoordinator,
  keepAttached,
  type LinkOptions,
  type WorkerMessage,
} from './link/index.ts';
export {
  type RunningWorker,
  startWorker,
  type WorkerOptions,
  type WorkerSettings,
} from './worker.ts';
