import { type InstanceIndex, tokenUsage } from './instance-index.ts';
import { listSchedule, sharedPool } from './list-schedule.ts';
import { dependencyChains } from './order.ts';
import { PrefixReadyCalls } from './ready-calls.ts';
import { upwardRanks } from './upward-rank.ts';

/**
 * Per call its worker: queries in order, whole queries to a worker, cut where the usage is even
 * rather than the count. A batch of one query has nothing to cut: a list schedule places its calls,
 * prefix reuse counting four times.
 */
export function balancedPlacement(index: InstanceIndex): Int32Array {
  const queryOf = Int32Array.from(index.instance.calls, ({ query }) => query);
  const isOne = queryOf.every((query) => query === queryOf[0]);
  return isOne ? placeByCriticalPath(index) : cutEvenly(index, queryOf);
}

/**
 * The same, but where a query falls into parts that do not wait for each other, it may be cut between
 * them: few queries are shared out evenly, and all but the cut ones reuse what whole ones do.
 */
export function splitPlacement(index: InstanceIndex): Int32Array {
  const { calls } = index.instance;
  const chainOf = dependencyChains(index);
  const order = [...new Set(chainOf)].sort((a, b) => calls[a]!.query - calls[b]!.query || a - b);
  const placeOf = new Map(order.map((chain, place) => [chain, place]));
  return cutEvenly(
    index,
    chainOf.map((chain) => placeOf.get(chain)!),
  );
}

/** `groupOf`: per call the number of what stays together; groups are cut in order of their numbers. */
function cutEvenly(index: InstanceIndex, groupOf: Int32Array): Int32Array {
  const { workers } = index.instance;
  const groups = [...usageByGroup(index, groupOf)].sort(([a], [b]) => a - b);
  const total = groups.reduce((sum, [, tokens]) => sum + tokens, 0);
  const workerOf = new Map<number, number>();
  let before = 0;
  for (const [group, tokens] of groups) {
    const middle = before + tokens / 2;
    workerOf.set(group, Math.min(workers - 1, Math.floor((middle / total) * workers)));
    before += tokens;
  }
  return groupOf.map((group) => workerOf.get(group)!);
}

function placeByCriticalPath(index: InstanceIndex): Int32Array {
  const pool = new PrefixReadyCalls(index, {
    base: upwardRanks(index),
    perSharedToken: Float64Array.from(index.out, (tokens) => 4 * tokens),
  });
  const workerOf = new Int32Array(index.callCount);
  listSchedule(index, sharedPool(pool)).forEach((sequence, worker) => {
    for (const call of sequence) workerOf[call] = worker;
  });
  return workerOf;
}

function usageByGroup(index: InstanceIndex, groupOf: Int32Array): Map<number, number> {
  const usage = new Map<number, number>();
  groupOf.forEach((group, call) => {
    usage.set(group, (usage.get(group) ?? 0) + tokenUsage(index, call, 0));
  });
  return usage;
}
