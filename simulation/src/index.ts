export { DEFAULT_OPTIONS, type SimulationOptions } from './cluster-options.ts';
export { type FaultOptions, NO_FAULTS } from './faults.ts';
export { type SimulationReport, simulateCluster } from './simulate-cluster.ts';
export { createWordTokenizer } from './word-tokenizer.ts';
