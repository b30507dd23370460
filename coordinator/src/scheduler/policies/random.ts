import { createPrng } from '@helium/shared';
import type { Schedule } from '../instance.ts';
import type { InstanceIndex } from '../instance-index.ts';
import { listSchedule, sharedPool } from '../list-schedule.ts';
import { createPolicy } from '../policy.ts';
import { RandomReadyCalls } from '../ready-calls.ts';

/**
 * `random` of `PROBLEM.md` section 7 (paper, section 7, "scheduling only"): any ready call, by
 * seed.
 */
export const random = createPolicy(
  'random',
  'Any ready call, drawn with the seed (PROBLEM.md, section 7).',
  (index, { seed }) => randomSchedule(index, seed),
);

export function randomSchedule(index: InstanceIndex, seed: number): Schedule {
  return { workers: listSchedule(index, sharedPool(new RandomReadyCalls(createPrng(seed)))) };
}
