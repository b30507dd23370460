import { sequenceBlockHashes } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { createCall, createPrompt, PlannerBench } from './planner-bench.fixture.ts';

const prefetch = (seed: number, length: number, fields: { pin?: boolean; nextUse?: number } = {}) =>
  ({
    kind: 'prefetch',
    cacheSalt: '',
    tokens: createPrompt(seed, length),
    pin: false,
    nextUse: 0,
    ...fields,
  }) as const;

const prefetched = (bench: PlannerBench) =>
  bench.events.flatMap((event) =>
    event.kind === 'prefetched' ? [[event.residentTokens, event.computedTokens]] : [],
  );

describe('Prefetcher', () => {
  it('computes whole blocks in idle steps, and calls reuse them', () => {
    const bench = new PlannerBench();
    bench.direct(prefetch(1, 18));
    bench.run();
    expect(prefetched(bench)).toEqual([[16, 16]]);
    const call = createCall('a');
    bench.submit(call, createPrompt(1, 20));
    bench.run();
    expect(bench.resultOf(call)?.usage).toMatchObject({ prefilledTokens: 4, reusedTokens: 16 });
  });

  it('yields to calls at once and later goes on from what is stored', () => {
    const bench = new PlannerBench();
    bench.direct(prefetch(1, 20));
    bench.step();
    bench.submit(createCall('a'), createPrompt(2, 5));
    const plan = bench.step();
    expect(plan?.releaseSequences).toEqual([0]);
    expect(plan?.prefills.every((chunk) => chunk.tokens[0]! >= 2000)).toBe(true);
    bench.run();
    expect(prefetched(bench)).toEqual([[20, 20]]);
  });

  it('computes no more in a step than a call that comes may wait for, in whole blocks', () => {
    for (const [prefetchTokens, most] of [
      [4, 4],
      [10, 8],
      [2, 4],
    ] as const) {
      const bench = new PlannerBench({ prefetchTokens });
      bench.direct(prefetch(1, 22));
      bench.run();
      const sizes = bench.plans.map(({ prefills }) =>
        prefills.reduce((sum, { tokens }) => sum + tokens.length, 0),
      );
      expect(Math.max(...sizes)).toBe(most);
      expect(prefetched(bench)).toEqual([[20, 20]]);
    }
  });

  it('takes the earliest use first, and ends at once where all is resident', () => {
    const bench = new PlannerBench();
    bench.direct(prefetch(1, 4, { nextUse: 9 }));
    bench.direct(prefetch(2, 4, { nextUse: 3 }));
    bench.direct(prefetch(2, 4, { nextUse: 5 }));
    bench.run();
    const seeds = bench.plans.flatMap((plan) => plan.prefills.map((c) => c.tokens[0]! / 1000));
    expect(seeds).toEqual([2, 1]);
    expect(prefetched(bench)).toEqual([
      [4, 4],
      [4, 0],
      [4, 4],
    ]);
  });

  it('does not evict what is used earlier', () => {
    const bench = new PlannerBench({ kvTokens: 24, contextTokens: 16 });
    bench.direct(prefetch(1, 16, { nextUse: 1 }));
    bench.direct(prefetch(2, 16, { nextUse: 5 }));
    bench.run();
    expect(prefetched(bench)).toEqual([
      [16, 16],
      [0, 0],
    ]);
  });

  it('pins what it stores until released', () => {
    const bench = new PlannerBench({ kvTokens: 64, contextTokens: 32 });
    bench.direct(prefetch(1, 8, { pin: true }));
    bench.run();
    for (const seed of [2, 3, 4]) bench.submit(createCall(`${seed}`), createPrompt(seed, 24));
    bench.run();
    const hashes = sequenceBlockHashes(createPrompt(1, 8), 4, '');
    expect(bench.planner.residency.match(hashes)).toBe(2);
    expect(bench.planner.residency.counters.pinnedBlocks).toBe(2);
    bench.direct({ kind: 'release', cacheSalt: '', tokens: createPrompt(1, 8) });
    expect(bench.planner.residency.counters.pinnedBlocks).toBe(0);
  });

  it('cuts a prefix that is longer than the context', () => {
    const bench = new PlannerBench({ contextTokens: 10 });
    bench.direct(prefetch(1, 40));
    bench.run();
    expect(prefetched(bench)).toEqual([[8, 8]]);
  });
});
