import { describe, expect, it } from 'vitest';
import { batchingCost, between, LENIENT, STRICT } from './batching-cost.ts';

const marks = { makespanSeconds: 10, hitRate: 0.5, hitRateHoped: 0.5 };
const cost = (makespanSeconds: number, hitRate: number, weights = STRICT) =>
  batchingCost({ makespanSeconds, hitRate }, marks, weights);

describe('batchingCost', () => {
  it('puts ending in time first, then the reuse of the mark', () => {
    expect(cost(10, 0.3)).toBeLessThan(cost(10.001, 0.6));
    expect(cost(10, 0.5)).toBeLessThan(cost(9.5, 0.499));
  });

  it('exchanges a hundredth of the makespan for a hundredth of what is computed, where half is reused', () => {
    expect(cost(9.5, 0.5)).toBeLessThan(cost(10, 0.52));
    expect(cost(10, 0.53)).toBeLessThan(cost(9.5, 0.5));
  });

  it('lets a search begin late', () => {
    expect(cost(10.1, 0.5, LENIENT)).toBeLessThan(cost(10, 0.4, LENIENT));
  });

  it('tightens step by step', () => {
    const [early, middle, late] = [0, 0.5, 1].map((progress) =>
      cost(11, 0.4, between(LENIENT, STRICT, progress)),
    );
    expect(early).toBeLessThan(middle!);
    expect(middle).toBeLessThan(late!);
    expect(late).toBe(cost(11, 0.4));
  });
});
