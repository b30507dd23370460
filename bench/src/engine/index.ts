/** What programs that measure an engine have in common: prompts, and how repeats are summed up. */

export { type MachineLimits, machineLimits } from './machine-limits.ts';
export { machineCpuSeconds, ownCpuSeconds } from './processor-time.ts';
export { type Spread, spreadOf } from './spread-values.ts';
export { BATCHES, NEW_TOKENS, readWorkloads, type Workloads } from './workloads.ts';
