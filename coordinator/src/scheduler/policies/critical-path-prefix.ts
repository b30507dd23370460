import type { PinnedCall, Schedule } from '../instance.ts';
import type { InstanceIndex } from '../instance-index.ts';
import { listSchedule, sharedPool } from '../list-schedule.ts';
import { createPolicy } from '../policy.ts';
import { PrefixReadyCalls } from '../ready-calls.ts';
import { upwardRanks } from '../upward-rank.ts';

/** How much a reused token counts against a token step of critical path, tried in this order. */
export const PREFIX_WEIGHTS = [1, 0.25, 4, 16, 64, 256] as const;

/**
 * `cp_prefix` of `PROBLEM.md` section 7: the event-driven list scheduler that takes the ready call
 * of highest upward rank plus the usage its shared prefix saves, λ = 1.
 */
export const criticalPathPrefix = createPolicy(
  'critical-path-prefix',
  'The ready call with the longest way to the end, reuse added to it (PROBLEM.md, section 7).',
  (index, { pinned }) => criticalPathPrefixSchedule(index, 1, pinned),
);

/** One schedule of the λ sweep. λ = 0 is plain `critical_path`. */
export function criticalPathPrefixSchedule(
  index: InstanceIndex,
  lambda: number,
  pinned?: readonly PinnedCall[],
): Schedule {
  const pool = new PrefixReadyCalls(index, {
    base: upwardRanks(index),
    perSharedToken: Float64Array.from(index.out, (tokens) => lambda * tokens),
  });
  return { workers: listSchedule(index, sharedPool(pool), pinned) };
}
