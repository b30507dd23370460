import { runId, workerId } from '@helium/shared';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Place, WorkerSequence } from './core/core-event.ts';
import { scheduleParts } from './schedule-parts.ts';

const place = (node: number): Place => ({
  run: runId('r'),
  node,
  prefixes: [],
  outputTokens: 1,
  outputSpread: 1,
  promptTokens: 1,
  group: 0,
});

function sequencesOf(lengths: readonly number[]): WorkerSequence[] {
  let node = 0;
  return lengths.map((length, i) => ({
    worker: workerId(`w${i}`),
    places: Array.from({ length }, () => place(node++)),
  }));
}

/** What the parts come to, one behind the other. */
function joined(parts: readonly (readonly WorkerSequence[])[]): Map<string, number[]> {
  const all = new Map<string, number[]>();
  for (const { worker, places } of parts.flat()) {
    all.set(worker, [...(all.get(worker) ?? []), ...places.map(({ node }) => node)]);
  }
  return all;
}

describe('the parts of a schedule', () => {
  it('hold every sequence, empty ones too, in order, and no more places than one may', () => {
    const lengths = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 12 });
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1, max: 15 }), (all, placesMax) => {
        const sequences = sequencesOf(all);
        const parts = scheduleParts(sequences, placesMax);
        expect(joined(parts)).toEqual(joined([sequences]));
        const sizes = parts.map((part) => part.reduce((sum, { places }) => sum + places.length, 0));
        const total = all.reduce((sum, length) => sum + length, 0);
        expect(Math.max(...sizes)).toBeLessThanOrEqual(placesMax);
        expect(parts).toHaveLength(Math.max(1, Math.ceil(total / placesMax)));
      }),
    );
  });

  it('are one where a sequence is strict', () => {
    const execution = { ordered: true, barrier: false, inFlightMax: 1 };
    const [first, ...others] = sequencesOf([5, 5]);
    expect(scheduleParts([{ ...first!, execution }, ...others], 2)).toHaveLength(1);
  });
});
