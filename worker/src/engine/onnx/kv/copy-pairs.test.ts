import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyPairs, pairsOf } from './copy-pairs.ts';

const place = fc.nat(20).map((pairs) => 2 * pairs);

describe('copyPairs', () => {
  it('copies the bits of numbers, and nothing beside them', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ noNaN: true })), place, place, (numbers, from, to) => {
        const count = 2 * Math.floor(numbers.length / 2);
        const source = Float32Array.from(
          [...Array(from).fill(7), ...numbers, 7, 7].slice(0, from + count),
        );
        const target = new Float32Array(to + count + 2).fill(-1);
        const expected = Float32Array.from(target);
        expected.set(source.subarray(from), to);
        copyPairs(pairsOf(source), from, pairsOf(target), to, count);
        expect(new Uint32Array(target.buffer)).toEqual(new Uint32Array(expected.buffer));
      }),
    );
  });

  it('refuses floats that do not begin at a pair', () => {
    expect(() => pairsOf(new Float32Array(4).subarray(1, 3))).toThrow(RangeError);
  });
});
