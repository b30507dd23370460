import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fault } from '../errors/helium-error.ts';
import { readMerges } from './merge-table.ts';

const tokens = ['a', 'aa', 'aaa', 'aaaa', 'b', 'ab', 'ba', 'aab', 'aba', 'baa'];
const vocabulary = { tokens, ids: new Map(tokens.map((token, id) => [token, id])) };
const token = fc.constantFrom(...tokens);
const merges = fc.array(
  fc.tuple(token, token).filter(([left, right]) => vocabulary.ids.has(left + right)),
);

describe('MergeTable', () => {
  it('ranks each pair as the last place it is listed at, also where others make the same token', () => {
    fc.assert(
      fc.property(merges, token, token, (pairs, left, right) => {
        const last = pairs.findLastIndex(([a, b]) => a === left && b === right);
        const rank = last < 0 ? undefined : last;
        const texts = pairs.map((pair) => pair.join(' '));
        for (const written of [pairs, texts]) {
          const faults: Fault[] = [];
          expect(readMerges(written, vocabulary, faults).rankOf(left, right)).toBe(rank);
          expect(faults).toEqual([]);
        }
      }),
    );
  });

  it('finds a merge by its halves', () => {
    fc.assert(
      fc.property(merges, token, token, (pairs, left, right) => {
        const found = readMerges(pairs, vocabulary, []).some(
          (made, at) => made.slice(0, at) === left && made.slice(at) === right,
        );
        expect(found).toBe(pairs.some(([a, b]) => a === left && b === right));
      }),
    );
  });
});
