export { DEFAULT_OPTIONS, type SimulationOptions } from './cluster-options.ts';
export { dayOptions } from './day-options.ts';
export { type FaultOptions, NO_FAULTS } from './faults.ts';
export { type SimulationReport, simulateBatch, simulateCluster } from './simulate-cluster.ts';
export type { WorkerObserver } from './simulated-worker.ts';
export { createWordTokenizer } from './word-tokenizer.ts';
export type { Kind } from './workload.ts';
export type { WorldParts } from './world.ts';
