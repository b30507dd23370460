import type { Schedule } from '../instance.ts';
import type { InstanceIndex } from '../instance-index.ts';
import { dependenciesFirst, distribute } from '../order.ts';
import { createPolicy } from '../policy.ts';
import { querySlices } from '../query-slices.ts';

/**
 * `querywise` of `PROBLEM.md` section 7 (paper, section 7, "QueryWise"): the batch in contiguous
 * slices, one query after the other, its calls in topological order.
 */
export const queryWise = createPolicy(
  'query-wise',
  'One query after the other, one call at a time (PROBLEM.md, section 7).',
  queryWiseSchedule,
);

export function queryWiseSchedule(index: InstanceIndex): Schedule {
  const { calls, workers } = index.instance;
  const numbers = calls.map((_, number) => number);
  const byQuery = numbers.sort((a, b) => calls[a]!.query - calls[b]!.query || a - b);
  const sequences = distribute(dependenciesFirst(index, byQuery), querySlices(index), workers);
  return { workers: sequences, execution: { dispatch: 'adjust', barrier: false, maxInflight: 1 } };
}
