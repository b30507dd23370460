import { type InstanceIndex, tokenUsage } from './instance-index.ts';
import { listSchedule, sharedPool } from './list-schedule.ts';
import { PrefixReadyCalls } from './ready-calls.ts';
import { upwardRanks } from './upward-rank.ts';

/**
 * Per call its worker: queries in order, whole queries to a worker, cut where the usage is even
 * rather than the count. A batch of one query has nothing to cut: a list schedule places its calls,
 * prefix reuse counting four times.
 */
export function balancedPlacement(index: InstanceIndex): Int32Array {
  const usage = usageByQuery(index);
  return usage.size === 1 ? placeByCriticalPath(index) : cutEvenly(index, usage);
}

function cutEvenly(index: InstanceIndex, usage: ReadonlyMap<number, number>): Int32Array {
  const { calls, workers } = index.instance;
  const queries = [...usage].sort(([a], [b]) => a - b);
  const total = queries.reduce((sum, [, tokens]) => sum + tokens, 0);
  const workerOf = new Map<number, number>();
  let before = 0;
  for (const [query, tokens] of queries) {
    const middle = before + tokens / 2;
    workerOf.set(query, Math.min(workers - 1, Math.floor((middle / total) * workers)));
    before += tokens;
  }
  return Int32Array.from(calls, (call) => workerOf.get(call.query)!);
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

function usageByQuery(index: InstanceIndex): Map<number, number> {
  const usage = new Map<number, number>();
  index.instance.calls.forEach(({ query }, call) => {
    usage.set(query, (usage.get(query) ?? 0) + tokenUsage(index, call, 0));
  });
  return usage;
}
