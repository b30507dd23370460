/**
 * The deciding parts of the worker without its wire, threads and clock: what comparisons and
 * simulations drive in virtual time.
 */
export { Planner, type PlannerOptions } from './batching/index.ts';
export {
  DEFAULT_SIM_TIMING,
  SIM_KV_BYTES_PER_TOKEN,
  type SimTiming,
} from './engine/sim/latency-model.ts';
export {
  createSimExecutor,
  type SimExecutor,
  type SimExecutorOptions,
} from './engine/sim/sim-executor.ts';
export {
  type EvictionPolicy,
  LEAST_RECENT,
  NEXT_USE,
  type Residency,
  STEPS_TO_EXECUTION,
} from './kv/index.ts';
export type { WorkerMessage } from './link/coordinator-port.ts';
export { Outbox } from './link/outbox.ts';
