import { createPrng } from '@helium/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PinnedCall } from './instance.ts';
import { type InstanceIndex, indexInstance, sharedTokens, tokenUsage } from './instance-index.ts';
import { boundPools, listSchedule, type ReadyPools, sharedPool } from './list-schedule.ts';
import { anyInstance } from './random-instance.cases.ts';
import { PrefixReadyCalls, RandomReadyCalls } from './ready-calls.ts';

/** The same by looking at every worker and every call in every step. */
function naiveListSchedule(
  index: InstanceIndex,
  { poolOfCall, poolOfWorker, pools }: ReadyPools,
  pinned: readonly PinnedCall[],
): number[][] {
  const { workers } = index.instance;
  const sequences: number[][] = Array.from({ length: workers }, () => []);
  const freeAt = new Array<number>(workers).fill(0);
  const parked = new Set<number>();
  const passes = new Map<number, number>();
  const waiting = new Set(index.out.keys());
  const offered = new Set<number>();
  for (const { call } of pinned) waiting.delete(call);
  const releaseOf = (call: number) =>
    Math.max(0, ...[...index.deps[call]!].map((dep) => passes.get(dep) ?? Infinity));
  const timed = (pool: number) =>
    [...waiting].filter((call) => poolOfCall(call) === pool && !offered.has(call));
  const start = (worker: number, call: number) => {
    const last = sequences[worker]!.at(-1);
    const shared = last === undefined ? 0 : sharedTokens(index, last, call);
    const release = Math.max(0, ...[...index.deps[call]!].map((dep) => passes.get(dep) ?? 0));
    freeAt[worker] = Math.max(freeAt[worker]!, release) + tokenUsage(index, call, shared);
    sequences[worker]!.push(call);
    waiting.delete(call);
    passes.set(call, freeAt[worker]! + index.delay[call]!);
    for (const other of parked) {
      const isWoken = timed(poolOfWorker(other)).some((each) => releaseOf(each) < Infinity);
      if (isWoken) parked.delete(other);
    }
  };
  for (const { call, worker } of pinned) start(worker, call);
  while (waiting.size > 0) {
    const free = [...freeAt.keys()].filter((worker) => !parked.has(worker));
    const worker = free.reduce((a, b) => (freeAt[b]! < freeAt[a]! ? b : a));
    const pool = poolOfWorker(worker);
    const byRelease = timed(pool).sort((a, b) => releaseOf(a) - releaseOf(b) || a - b);
    for (const call of byRelease) {
      if (releaseOf(call) > freeAt[worker]!) break;
      offered.add(call);
      pools[pool]!.offer(call);
    }
    const call = pools[pool]!.take(sequences[worker]!.at(-1) ?? -1);
    const next = Math.min(...timed(pool).map(releaseOf));
    if (call !== undefined) start(worker, call);
    else if (next < Infinity) freeAt[worker] = next;
    else parked.add(worker);
  }
  return sequences;
}

describe('listSchedule', () => {
  const kinds = {
    'one pool, taken by prefix': (index: InstanceIndex) =>
      sharedPool(new PrefixReadyCalls(index, priorityOf(index))),
    'one pool, drawn': () => sharedPool(new RandomReadyCalls(createPrng(3))),
    'a pool per worker': (index: InstanceIndex) => {
      const { workers, calls } = index.instance;
      const pools = Array.from(
        { length: workers },
        () => new PrefixReadyCalls(index, priorityOf(index)),
      );
      return boundPools(
        Int32Array.from(calls, ({ query }) => query % workers),
        pools,
      );
    },
  };
  it.each(Object.entries(kinds))('does what looking at every worker does: %s', (_, poolsOf) => {
    const property = fc.property(
      anyInstance,
      fc.integer({ min: 1, max: 12 }),
      fc.boolean(),
      (instance, workers, isPinned) => {
        const index = indexInstance({ ...instance, workers });
        const roots = [...index.deps.keys()].filter((call) => index.deps[call]!.length === 0);
        const pinned = isPinned
          ? roots.slice(0, 3).map((call) => ({ call, worker: call % workers }))
          : [];
        const made = listSchedule(index, poolsOf(index), pinned);
        expect(made).toEqual(naiveListSchedule(index, poolsOf(index), pinned));
      },
    );
    fc.assert(property, { numRuns: 150 });
  });
});

function priorityOf(index: InstanceIndex) {
  return {
    base: Float64Array.from(index.out),
    perSharedToken: new Float64Array(index.callCount).fill(2),
  };
}
