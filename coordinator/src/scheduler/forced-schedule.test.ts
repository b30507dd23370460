import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isForced } from './forced-schedule.ts';
import type { Instance } from './instance.ts';
import { anyInstance } from './random-instance.cases.ts';
import { improveSchedule } from './schedule.ts';

/** Calls of no prompt but their own, each waiting for those named. */
function instanceOf(workers: number, ...deps: readonly (readonly number[])[]): Instance {
  const calls = deps.map((each, call) => ({
    prompt: Int32Array.of(call),
    out: 3,
    deps: Int32Array.from(each),
    op: call,
    query: 0,
  }));
  const size = { kvCapacity: 1000, maxSeqs: 4, maxBatchedTokens: 100 };
  return { name: 'i', workers, ...size, segments: Int32Array.from(deps, () => 10), calls };
}

const on = (worker: number, ...calls: number[]) => calls.map((call) => ({ call, worker }));

describe('isForced', () => {
  it('is true of one chain on one worker, and of chains that are bound to workers of their own', () => {
    expect(isForced(instanceOf(1, [], [0], [1]), [], [])).toBe(true);
    const two = instanceOf(2, [], [], [0], [1], [2]);
    expect(isForced(two, [], [...on(0, 0, 2, 4), ...on(1, 1, 3)])).toBe(true);
    expect(isForced(instanceOf(2, [], [0], [1]), on(1, 0), on(1, 1, 2))).toBe(true);
  });

  it('is false where a call may go elsewhere, or two of a worker change places', () => {
    expect(isForced(instanceOf(2, [], [0], [1]), [], on(0, 0, 1))).toBe(false);
    expect(isForced(instanceOf(1, [], [0], [0]), [], [])).toBe(false);
    expect(isForced(instanceOf(2, [], [], [0], [1]), [], on(0, 0, 1, 2, 3))).toBe(false);
  });

  it('is never true where a search finds something better', () => {
    let forced = 0;
    const cases = fc.tuple(anyInstance, fc.nat(), fc.boolean());
    fc.assert(
      fc.property(cases, ([drawn, draw, isChain]) => {
        const calls = drawn.calls.map((call, i) => {
          const before = i > 0 && isChain ? [...new Set([...call.deps, i - 1])] : [...call.deps];
          return { ...call, deps: Int32Array.from(before.sort((a, b) => a - b)) };
        });
        const instance = { ...drawn, calls };
        const worker = draw % instance.workers;
        const bound = calls.map((_, call) => ({ call, worker }));
        if (!isForced(instance, [], bound)) return;
        forced++;
        const workers = Array.from({ length: instance.workers }, (_, each) =>
          each === worker ? calls.map((_, call) => call) : [],
        );
        const standing = { workers, bound };
        const improving = improveSchedule({ instance, policy: '', seed: draw, standing }, 30_000);
        while (!improving.done) improving.step(30_000);
        expect(improving.isGain).toBe(false);
        expect(improving.planned().sequences).toEqual(workers);
      }),
      { numRuns: 60 },
    );
    expect(forced).toBeGreaterThan(10);
  });
});
