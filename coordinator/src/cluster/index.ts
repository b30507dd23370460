export { LeaseClock, type LeaseState, type LeaseTimes, leaseState } from './lease.ts';
export {
  type ApplyOutcome,
  HashResidencyIndex,
  type ResidencyIndex,
  type ResidencyView,
} from './residency-index.ts';
export {
  type AttachedState,
  type AttachedWorker,
  NO_LOAD,
  type ReportedLoad,
  takesCalls,
  WorkerRegistry,
} from './worker-registry.ts';
