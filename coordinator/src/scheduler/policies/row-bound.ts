import { balancedPlacement } from '../balanced-placement.ts';
import type { PinnedCall, Schedule } from '../instance.ts';
import type { InstanceIndex } from '../instance-index.ts';
import { boundPools, listSchedule } from '../list-schedule.ts';
import { createPolicy } from '../policy.ts';
import { PrefixReadyCalls } from '../ready-calls.ts';
import { upwardRanks } from '../upward-rank.ts';

/**
 * `critical_path_sliced` of `PROBLEM.md` section 7, with an even placement and prefix reuse: whole
 * rows stay on one worker, where their prefixes and answers are resident later.
 */
export const rowBound = createPolicy(
  'row-bound',
  'Rows stay on one worker, longest way to the end first (PROBLEM.md, section 7).',
  (index, { pinned }) => rowBoundSchedule(index, 16, pinned),
);

/**
 * `lambda`: what a reused token counts against a token step of critical path; `placement`: per call its
 * worker.
 */
export function rowBoundSchedule(
  index: InstanceIndex,
  lambda: number,
  pinned?: readonly PinnedCall[],
  placement = balancedPlacement(index),
): Schedule {
  const priority = {
    base: upwardRanks(index),
    perSharedToken: Float64Array.from(index.out, (tokens) => lambda * tokens),
  };
  const { workers } = index.instance;
  const waiting = new Uint8Array(index.callCount);
  const pools = Array.from(
    { length: workers },
    () => new PrefixReadyCalls(index, priority, waiting),
  );
  return { workers: listSchedule(index, boundPools(placement, pools), pinned) };
}
