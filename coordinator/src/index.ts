export {
  type Coordinator,
  type CoordinatorPlace,
  type CoordinatorSettings,
  createCoordinator,
} from './coordinator.ts';
export type {
  AttachDecision,
  Capabilities,
  ClusterPort,
  CoordinatorPorts,
  WarmedWorker,
  WarmPrefix,
  WorkerDoor,
  WorkerRecord,
} from './dispatch/cluster-port.ts';
export type {
  CreateRun,
  Explanation,
  RunEvent,
  RunEventBody,
  RunOptions,
  RunPort,
  RunRecord,
  RunState,
  RunSummary,
} from './dispatch/run-port.ts';
export type { WorkerEvent, WorkerLoad, WorkerPort } from './dispatch/worker-port.ts';
