/** What every program that measures an engine has in common: the prompts, and how repeats are summed up. */
export { type Spread, spreadOf } from './spread-values.ts';
export { BATCHES, NEW_TOKENS, readWorkloads, type Workloads } from './workloads.ts';
