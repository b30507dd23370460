import { describe, expect, it } from 'vitest';
import { balancedPlacement } from './balanced-placement.ts';
import type { Instance } from './instance.ts';
import { indexInstance } from './instance-index.ts';
import { querySlices } from './query-slices.ts';

/** One call per entry, of that query, with an output as long as its weight. */
const instanceOf = (workers: number, calls: readonly { query: number; out: number }[]) =>
  indexInstance({
    name: 'slices',
    workers,
    kvCapacity: 1000,
    maxSeqs: 8,
    maxBatchedTokens: 256,
    segments: Int32Array.of(1),
    calls: calls.map(({ query, out }) => ({
      prompt: Int32Array.of(0),
      deps: Int32Array.of(),
      out,
      op: 0,
      query,
    })),
  } satisfies Instance);

const equal = (...queries: number[]) => queries.map((query) => ({ query, out: 10 }));

describe('querySlices (PROBLEM.md, section 7)', () => {
  it('cuts the queries into contiguous slices whose sizes differ by one at most', () => {
    expect([...querySlices(instanceOf(2, equal(0, 1, 2, 3, 4)))]).toEqual([0, 0, 0, 1, 1]);
    expect([...querySlices(instanceOf(3, equal(7, 7, 8, 9)))]).toEqual([0, 0, 1, 2]);
  });

  it('deals out the calls of a single query in turn', () => {
    expect([...querySlices(instanceOf(2, equal(0, 0, 0)))]).toEqual([0, 1, 0]);
  });
});

describe('balancedPlacement', () => {
  it('cuts where the work is even', () => {
    const calls = [40, 10, 10, 10, 10].map((out, query) => ({ query, out }));
    expect([...balancedPlacement(instanceOf(2, calls))]).toEqual([0, 1, 1, 1, 1]);
  });

  it('uses all workers for a single query', () => {
    expect(new Set(balancedPlacement(instanceOf(3, equal(0, 0, 0, 0)))).size).toBe(3);
  });
});
