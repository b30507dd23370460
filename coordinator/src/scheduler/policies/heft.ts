import type { Schedule } from '../instance.ts';
import { type InstanceIndex, sharedTokens, tokenUsage } from '../instance-index.ts';
import { upwardRanks } from '../upward-rank.ts';

/**
 * `heft` of `PROBLEM.md` section 7: calls by falling upward rank, each appended to the worker where it
 * completes first, reuse counted; ties to the lowest number. O(n · workers · items).
 */
export function heftSchedule(index: InstanceIndex): Schedule {
  const { workers } = index.instance;
  const ranks = upwardRanks(index);
  const order = Array.from(ranks.keys()).sort((a, b) => ranks[b]! - ranks[a]! || a - b);
  const sequences: number[][] = Array.from({ length: workers }, () => []);
  const freeAt = new Float64Array(workers);
  const completion = new Float64Array(index.callCount);
  for (const call of order) {
    let release = 0;
    for (const dep of index.deps[call]!) {
      release = Math.max(release, completion[dep]! + index.delay[dep]!);
    }
    let best = 0;
    let earliest = Number.POSITIVE_INFINITY;
    for (let worker = 0; worker < workers; worker++) {
      const last = sequences[worker]!.at(-1);
      const shared = last === undefined ? 0 : sharedTokens(index, last, call);
      const end = Math.max(freeAt[worker]!, release) + tokenUsage(index, call, shared);
      if (end >= earliest) continue;
      earliest = end;
      best = worker;
    }
    sequences[best]!.push(call);
    freeAt[best] = earliest;
    completion[call] = earliest;
  }
  return { workers: sequences };
}
