import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Instance } from './instance.ts';
import { indexInstance } from './instance-index.ts';
import { prefixGroupPlacement } from './prefix-group-placement.ts';
import { anyInstance } from './random-instance.cases.ts';
import { REFERENCE_TIMING } from './simulation/step-timing.ts';

const options = { timing: REFERENCE_TIMING, parts: 1.5, lambda: 4 };

describe('prefixGroupPlacement', () => {
  it('gives every call a worker that there is, the same one again', () => {
    fc.assert(
      fc.property(anyInstance, fc.double({ min: 1, max: 20, noNaN: true }), (instance, parts) => {
        const index = indexInstance(instance);
        const workerOf = prefixGroupPlacement(index, { ...options, parts });
        expect(workerOf).toHaveLength(index.callCount);
        for (const worker of workerOf) {
          expect(worker).toBeGreaterThanOrEqual(0);
          expect(worker).toBeLessThan(instance.workers);
        }
        expect(prefixGroupPlacement(index, { ...options, parts })).toEqual(workerOf);
      }),
    );
  });

  /** Three rows of two calls each below a long prefix of the row's, and a summary of each row. */
  const rows: Instance = {
    name: 'rows',
    workers: 2,
    kvCapacity: 10_000,
    maxSeqs: 8,
    maxBatchedTokens: 512,
    segments: Int32Array.of(900, 900, 900, 5, 6, 40),
    calls: [0, 1, 2].flatMap((row) => [
      call([row, 3], [], row),
      call([row, 4], [], row),
      call([5, ~(3 * row), ~(3 * row + 1)], [3 * row, 3 * row + 1], row),
    ]),
  };

  it('keeps together what begins alike, and shares the rest out over the workers', () => {
    const workerOf = prefixGroupPlacement(indexInstance(rows), options);
    for (const row of [0, 1, 2]) expect(workerOf[3 * row]).toBe(workerOf[3 * row + 1]);
    expect(new Set([0, 3, 6].map((first) => workerOf[first]))).toEqual(new Set([0, 1]));
  });

  it('parts what begins alike where it is more than a part of a share', () => {
    const workerOf = prefixGroupPlacement(
      indexInstance({ ...rows, calls: rows.calls.slice(0, 2) }),
      {
        ...options,
        parts: 16,
        lambda: 0,
      },
    );
    expect([...workerOf].sort()).toEqual([0, 1]);
  });
});

function call(prompt: number[], deps: number[], query: number) {
  return {
    prompt: Int32Array.from(prompt),
    deps: Int32Array.from(deps),
    out: 10,
    op: 0,
    query,
  };
}
