/** What programs that measure an engine have in common: prompts, and how repeats are summed up. */
export { type Spread, spreadOf } from './spread-values.ts';
export { BATCHES, NEW_TOKENS, readWorkloads, type Workloads } from './workloads.ts';
