import { runId, type WorkerId, workerId } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import type { Place, WorkerSequence } from './core/core-event.ts';
import { cutForBusy } from './cut-for-busy.ts';

const workers = ['w1', 'w2', 'w3'].map(workerId);

function sequence(at: number, works: readonly number[], ordered = false): WorkerSequence {
  const places = works.map(
    (outputTokens, node): Place => ({
      run: runId('r'),
      node,
      prefixes: [],
      outputTokens,
      outputSpread: 1,
      promptTokens: 0,
      group: 0,
    }),
  );
  const execution = { ordered, barrier: false, inFlightMax: Number.POSITIVE_INFINITY };
  return { worker: workers[at] as WorkerId, execution, places };
}

/** What the sequences become on workers that have so much to do. */
function cut(sequences: readonly WorkerSequence[], loads: readonly number[]): number[][] {
  const ground = {
    loadOf: (worker: WorkerId) => loads[workers.indexOf(worker)]!,
    workOf: (_: WorkerId, { outputTokens }: Place) => outputTokens,
    knows: () => true,
  };
  return cutForBusy(sequences, ground).map(({ places }) =>
    places.map(({ outputTokens }) => outputTokens),
  );
}

const uneven = [sequence(0, [3, 3, 3, 3, 3, 3]), sequence(1, [2, 1]), sequence(2, [])];

describe('cutForBusy', () => {
  it('cuts what is far more than an even share, in order, where all workers are busy for longer', () => {
    expect(cut(uneven, [8, 9, 20])).toEqual([[3, 3, 3], [3, 3, 3], [2, 1], []]);
  });

  it('leaves all as it is where a worker would have done a share before the others are free', () => {
    expect(cut(uneven, [8, 7, 20])).toEqual([[3, 3, 3, 3, 3, 3], [2, 1], []]);
  });

  it('leaves what is not far more, and what must keep its order', () => {
    const nearly = [sequence(0, [3, 3]), sequence(1, [3]), sequence(2, [])];
    expect(cut(nearly, [9, 9, 9])).toEqual([[3, 3], [3], []]);
    const strict = [sequence(0, [9, 9, 9], true), sequence(1, []), sequence(2, [])];
    expect(cut(strict, [99, 99, 99])).toEqual([[9, 9, 9], [], []]);
  });
});
