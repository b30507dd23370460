import { runId, type WorkerId, workerId } from '@helium/shared';
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

  it('counts the prefixes that a worker lacks, each once and only behind the ones before it', () => {
    const [short, long] = [prefix(10), prefix(30)];
    const all = [sequence(0, [1, 1], short, long), sequence(1, []), sequence(2, [])];
    const knows = (worker: WorkerId) => worker === workers[1];
    const at = (load: number) => worksBy(laySequences(all, ground([0, load, 0], { knows })));
    expect(at(29)).toEqual({ w2: [1, 1] });
    expect(at(31)).toEqual({ w1: [1, 1] });
  });
});
