import type { Schedule } from '../instance.ts';
import type { InstanceIndex } from '../instance-index.ts';
import { listSchedule, sharedPool } from '../list-schedule.ts';
import { createPolicy } from '../policy.ts';
import { PrefixReadyCalls } from '../ready-calls.ts';

/**
 * Longest shared prefix first (paper, section 7, "scheduling only"; `lspf` of `PROBLEM.md` section
 * 7): what SGLang's cache-aware queue does, with no look at the plan behind the ready calls.
 */
export const lspf = createPolicy(
  'lspf',
  'The ready call sharing the longest prefix with the last one (PROBLEM.md, section 7).',
  lspfSchedule,
);

export function lspfSchedule(index: InstanceIndex): Schedule {
  const pool = new PrefixReadyCalls(index, {
    base: new Float64Array(index.callCount),
    perSharedToken: new Float64Array(index.callCount).fill(1),
  });
  return { workers: listSchedule(index, sharedPool(pool)) };
}
