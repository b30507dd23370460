import { nestedSchedule } from '../algorithm1/nested-schedule.ts';
import { createPolicy } from '../policy.ts';
import { querySlices } from '../query-slices.ts';

/**
 * The paper's own planner (section 5, algorithm 1, and section 6 for the placement): every
 * operator's batch in contiguous slices over the workers, then cache-aware order within them. Where
 * the text leaves a choice: usage counts shared prefixes (the text; the published code does not),
 * every worker has its own token step, delays run from completions.
 */
export const paper = createPolicy(
  'paper',
  'Cache-aware scheduling over slices of the batch (paper, section 5, algorithm 1).',
  (index) => nestedSchedule(index, querySlices(index)),
);
