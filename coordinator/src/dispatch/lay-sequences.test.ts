import { runId, type WorkerId, workerId } from '@helium/shared';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Place, StaticPrefix, WorkerSequence } from './core/core-event.ts';
import { type Ground, laySequences } from './lay-sequences.ts';

const workers = ['w1', 'w2', 'w3'].map(workerId);
const prefix = (tokens: number): StaticPrefix => ({
  tokens: new Int32Array(tokens),
  cacheSalt: 's',
  hashes: [],
});

let nodes = 0;
function sequence(i: number, works: readonly number[], ...prefixes: StaticPrefix[]) {
  const places = works.map((outputTokens): Place => {
    const node = nodes++;
    return {
      run: runId('r'),
      node,
      prefixes,
      outputTokens,
      outputSpread: 1,
      promptTokens: 0,
      group: 0,
    };
  });
  return { worker: workers[i] as WorkerId, places } satisfies WorkerSequence;
}

function ground(loads: readonly number[], changes: Partial<Ground> = {}): Ground {
  return {
    loadOf: (worker) => loads[workers.indexOf(worker)] ?? 0,
    workOf: (_, { outputTokens }) => outputTokens,
    knows: () => true,
    ...changes,
  };
}

const worksBy = (laid: readonly WorkerSequence[]) =>
  Object.fromEntries(
    laid.map(({ worker, places }) => [worker, places.map(({ outputTokens }) => outputTokens)]),
  );

describe('laySequences', () => {
  it('gives most work to the worker with least', () => {
    const all = [sequence(0, [5]), sequence(1, [3, 4]), sequence(2, [])];
    expect(worksBy(laySequences(all, ground([9, 0, 4])))).toEqual({ w2: [3, 4], w3: [5] });
  });

  it('lets one worker have several where the others are busy for longer', () => {
    const all = [sequence(0, [5]), sequence(1, [6]), sequence(2, [7])];
    const laid = laySequences(all, ground([0, 100, 100]));
    expect(worksBy(laid)).toEqual({ w1: [7, 6, 5] });
    expect(laid[0]?.places.map(({ group }) => group)).toEqual([0, 1, 2]);
  });

  it('takes several sequences of one worker for what they are', () => {
    const all = [sequence(0, [3]), sequence(0, [3]), sequence(0, [2]), sequence(1, [])];
    expect(worksBy(laySequences(all, ground([4, 2])))).toEqual({ w1: [3], w2: [3, 2] });
  });

  it('counts the prefixes that a worker lacks, each once and only behind the ones before it', () => {
    const [short, long] = [prefix(10), prefix(30)];
    const all = [sequence(0, [1, 1], short, long), sequence(1, []), sequence(2, [])];
    const knows = (worker: WorkerId) => worker === workers[1];
    const at = (load: number) => worksBy(laySequences(all, ground([0, load, 0], { knows })));
    expect(at(29)).toEqual({ w2: [1, 1] });
    expect(at(31)).toEqual({ w1: [1, 1] });
  });

  it('lays them as one who asks every worker for every prefix does', () => {
    const size = fc.integer({ min: 0, max: 6 });
    const row = fc.record({ works: fc.array(size, { maxLength: 3 }), long: size });
    // As in a tree: each prefix has one next shorter one, and who knows it knows that one.
    const shortOf = (long: number) => long % 3;
    const knowledge = fc.array(fc.integer({ min: 0, max: 2 ** 14 - 1 }), {
      minLength: 3,
      maxLength: 3,
    });
    const loads = fc.array(size, { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(fc.tuple(row, row, row), loads, knowledge, (rows, busy, masks) => {
        const shorts = Array.from({ length: 7 }, (_, i) => prefix(i + 1));
        const longs = Array.from({ length: 7 }, (_, i) => prefix(i + 9));
        const all = rows.map(({ works, long }, i) =>
          sequence(i, works, shorts[shortOf(long)]!, longs[long]!),
        );
        const knows = (worker: WorkerId, each: StaticPrefix) => {
          const has = (bit: number) => ((masks[workers.indexOf(worker)]! >> bit) & 1) === 1;
          const long = longs.indexOf(each);
          return long < 0 ? has(shorts.indexOf(each)) : has(shortOf(long)) && has(7 + long);
        };
        const asked = ground(busy, { knows });
        expect(worksBy(laySequences(all, asked))).toEqual(layNaively(all, asked));
      }),
    );
  });
});

/** By worker the output tokens of what it gets. */
function layNaively(sequences: readonly WorkerSequence[], { loadOf, knows }: Ground) {
  const ends = new Map(workers.map((worker) => [worker, loadOf(worker)]));
  const there = new Map(workers.map((worker) => [worker, new Set<StaticPrefix>()]));
  const laid: Record<string, number[]> = {};
  const workOf = ({ places }: WorkerSequence) =>
    places.reduce((sum, { outputTokens }) => sum + outputTokens, 0);
  const sorted = sequences.filter(({ places }) => places.length > 0);
  for (const each of sorted.toSorted((a, b) => workOf(b) - workOf(a))) {
    const prefixes = each.places[0]!.prefixes;
    const endAt = (worker: WorkerId) => {
      let isKnown = true;
      let end = ends.get(worker)! + workOf(each);
      for (const [i, wanted] of prefixes.entries()) {
        isKnown = there.get(worker)!.has(wanted) || (isKnown && knows(worker, wanted));
        if (!isKnown) end += wanted.tokens.length - (prefixes[i - 1]?.tokens.length ?? 0);
      }
      return end;
    };
    const best = workers.reduce((a, b) => (endAt(b) < endAt(a) ? b : a));
    ends.set(best, endAt(best));
    for (const wanted of prefixes) there.get(best)!.add(wanted);
    laid[best] = [...(laid[best] ?? []), ...each.places.map(({ outputTokens }) => outputTokens)];
  }
  return laid;
}
