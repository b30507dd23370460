import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  EMPTY_PROFILE,
  estimateLength,
  type LengthProfile,
  observeLength,
} from './length-estimate.ts';

const profileOf = (lengths: readonly number[]): LengthProfile =>
  lengths.reduce(observeLength, EMPTY_PROFILE);

const anyLengths = fc.array(fc.integer({ min: 1, max: 4096 }), { maxLength: 30 });

describe('output-length profiles (paper, section 6, job profiling)', () => {
  it('hold mean and squared deviations of what was observed', () => {
    fc.assert(
      fc.property(anyLengths, (lengths) => {
        const { count, mean, squares } = profileOf(lengths);
        const expected = lengths.reduce((sum, n) => sum + n, 0) / Math.max(1, lengths.length);
        expect(count).toBe(lengths.length);
        expect(mean).toBeCloseTo(expected, 6);
        expect(squares).toBeCloseTo(
          lengths.reduce((sum, n) => sum + (n - expected) ** 2, 0),
          3,
        );
      }),
    );
  });

  it('survive JSON', () => {
    const profile = profileOf([10, 30, 20]);
    expect(JSON.parse(JSON.stringify(profile))).toEqual(profile);
  });
});

describe('estimateLength', () => {
  it('starts from the author, else from half of what is allowed', () => {
    expect(estimateLength(EMPTY_PROFILE, { expectedTokens: 80, maxTokens: 512 }).mean).toBe(80);
    expect(estimateLength(EMPTY_PROFILE, { maxTokens: 512 }).mean).toBe(256);
  });

  it('comes to what is observed', () => {
    const profile = profileOf(Array.from({ length: 200 }, (_, i) => 90 + (i % 21)));
    const { mean, spread } = estimateLength(profile, { expectedTokens: 400, maxTokens: 512 });
    expect(mean).toBeGreaterThan(98);
    expect(mean).toBeLessThan(104);
    expect(spread).toBeLessThan(20);
  });

  it('never leaves 1 to maxTokens', () => {
    fc.assert(
      fc.property(anyLengths, fc.integer({ min: 1, max: 512 }), (lengths, maxTokens) => {
        const { mean } = estimateLength(profileOf(lengths), { expectedTokens: 900, maxTokens });
        expect(mean).toBeGreaterThanOrEqual(1);
        expect(mean).toBeLessThanOrEqual(maxTokens);
      }),
    );
  });
});
