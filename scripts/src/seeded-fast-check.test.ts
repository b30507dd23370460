import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import seeded from './seeded-fast-check.ts';

describe('properties', () => {
  it('are tried with the seed of all runs, by whoever imports fast-check', () => {
    expect(fc).toBe(seeded);
    expect(fc.readConfigureGlobal().seed).toBe(Number(process.env.HELIUM_TEST_SEED ?? 20_260_416));
    const seeds = [1, 2].map(() => {
      return fc.check(fc.property(fc.nat(), () => true)).seed;
    });
    expect(seeds[0]).toBe(seeds[1]);
  });
});
