import { createPrng } from '@helium/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type InstanceIndex, indexInstance, sharedTokens } from './instance-index.ts';
import { anyInstance } from './random-instance.cases.ts';
import { type PrefixPriority, PrefixReadyCalls, RandomReadyCalls } from './ready-calls.ts';

/** The twin: looks at every ready call. */
function naiveBest(
  index: InstanceIndex,
  ready: readonly number[],
  last: number,
  priority: PrefixPriority,
): number | undefined {
  const worth = (call: number) =>
    priority.base[call]! +
    priority.perSharedToken[call]! * (last < 0 ? 0 : sharedTokens(index, last, call));
  return [...ready].sort((a, b) => worth(b) - worth(a) || a - b)[0];
}

describe('PrefixReadyCalls', () => {
  it('takes the call that looking at all of them finds', () => {
    const anyRun = fc.record({
      instance: anyInstance,
      offers: fc.array(fc.nat(), { minLength: 1, maxLength: 40 }),
      bases: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 24, maxLength: 24 }),
      weights: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 24, maxLength: 24 }),
    });
    fc.assert(
      fc.property(anyRun, ({ instance, offers, bases, weights }) => {
        const index = indexInstance(instance);
        const priority = {
          base: Float64Array.from(bases),
          perSharedToken: Float64Array.from(weights),
        };
        const pool = new PrefixReadyCalls(index, priority);
        const offered = new Set<number>();
        let ready: number[] = [];
        let last = -1;
        for (const number of offers) {
          const call = number % index.callCount;
          if (!offered.has(call)) {
            offered.add(call);
            ready.push(call);
            pool.offer(call);
          }
          if (number % 2 === 0) continue;
          const best = naiveBest(index, ready, last, priority);
          expect(pool.take(last)).toBe(best);
          ready = ready.filter((each) => each !== best);
          last = best ?? last;
        }
      }),
    );
  });
});

describe('RandomReadyCalls', () => {
  it('takes every call once', () => {
    const pool = new RandomReadyCalls(createPrng(3));
    for (let call = 0; call < 20; call++) pool.offer(call);
    const taken = Array.from({ length: 20 }, () => pool.take()!);
    expect(taken).not.toEqual([...taken].sort((a, b) => a - b));
    expect(taken.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, call) => call));
    expect(pool.take()).toBeUndefined();
  });
});
