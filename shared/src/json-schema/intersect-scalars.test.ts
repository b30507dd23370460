import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holdsNumber, intersectNumbers, intersectStrings, mayShare } from './intersect-scalars.ts';
import { isNothing, type NumberShape, type StringShape } from './json-shape.ts';

const limit = (without: number) => fc.oneof(fc.integer({ min: -6, max: 6 }), fc.constant(without));
const number: fc.Arbitrary<NumberShape> = fc.record({
  kind: fc.constant('number'),
  isInteger: fc.boolean(),
  min: limit(Number.NEGATIVE_INFINITY),
  max: limit(Number.POSITIVE_INFINITY),
  isMinExcluded: fc.boolean(),
  isMaxExcluded: fc.boolean(),
  multipleOf: fc.constantFrom(1, 1, 2, 3, 4),
  at: fc.constant('#'),
});
const string: fc.Arbitrary<StringShape> = fc.record({
  kind: fc.constant('string'),
  min: fc.nat(4),
  max: fc.nat(4),
  patterns: fc.subarray([{ source: 'a' }, { source: 'b' }, { source: 'c' }]),
});
/** Halves show what is not whole, and stand between limits. */
const NUMBERS = Array.from({ length: 61 }, (_, i) => (i - 30) / 2);
const LENGTHS = [0, 1, 2, 3, 4];

function allows(shape: NumberShape, value: number): boolean {
  if (shape.isInteger && !Number.isInteger(value)) return false;
  if (value < shape.min || value > shape.max) return false;
  if ((shape.isMinExcluded && value === shape.min) || (shape.isMaxExcluded && value === shape.max))
    return false;
  return Number.isInteger(value / shape.multipleOf) || shape.multipleOf === 1;
}

describe('the numbers that two shapes allow', () => {
  it('are those that each allows, and are none only where there are none', () => {
    fc.assert(
      fc.property(number, number, (a, b) => {
        const both = intersectNumbers(a, b);
        for (const value of NUMBERS) {
          const expected = allows(a, value) && allows(b, value);
          expect(holdsNumber(a, value)).toBe(allows(a, value));
          if (both.kind === 'number') expect(holdsNumber(both, value)).toBe(expected);
          else expect(expected).toBe(false);
        }
        expect(mayShare(a, b)).toBe(!isNothing(both));
      }),
      { numRuns: 500 },
    );
  });
});

describe('the strings that two shapes allow', () => {
  it('have a length that each allows and keep to the patterns of both, each once', () => {
    fc.assert(
      fc.property(string, string, (a, b) => {
        const both = intersectStrings(a, b);
        const isLong = (n: number) => [a, b].every(({ min, max }) => min <= n && n <= max);
        expect(isNothing(both)).toBe(!LENGTHS.some(isLong));
        expect(mayShare(a, b)).toBe(LENGTHS.some(isLong));
        if (both.kind !== 'string') return;
        for (const n of LENGTHS) expect(both.min <= n && n <= both.max).toBe(isLong(n));
        const sources = both.patterns.map(({ source }) => source);
        expect(sources.toSorted()).toEqual(
          [...new Set([...a.patterns, ...b.patterns].map(({ source }) => source))].sort(),
        );
      }),
    );
  });

  it('are no numbers', () => {
    fc.assert(fc.property(string, number, (a, b) => !mayShare(a, b) && !mayShare(b, a)));
  });
});
