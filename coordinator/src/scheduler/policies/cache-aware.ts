import { nestedSchedule } from '../algorithm1/nested-schedule.ts';
import { balancedPlacement } from '../balanced-placement.ts';
import { createPolicy } from '../policy.ts';

/**
 * The paper's algorithm 1 (section 5) over a placement of our own: whole queries to workers by
 * equal work rather than equal counts, and a batch of one query by critical path.
 */
export const cacheAware = createPolicy(
  'cache-aware',
  'Cache-aware scheduling over an even placement (paper, section 5, algorithm 1).',
  (index) => nestedSchedule(index, balancedPlacement(index)),
);
