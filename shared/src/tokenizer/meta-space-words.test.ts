import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MergeTable } from './merge-table.ts';
import { createMergeWord } from './merge-word.ts';
import { metaSpaceWords } from './meta-space-words.ts';
import type { MetaSpaceScheme } from './text-scheme.ts';

const SCHEME: MetaSpaceScheme = {
  kind: 'metaspace',
  prefix: 'never',
  cutsEverySpace: false,
  dropsFirstSpace: false,
};
const LETTERS = ['a', 'b', '▁'];

function tableOf(merges: readonly (readonly [string, string])[]): MergeTable {
  const tokens = [...new Set([...LETTERS, ...merges.flat(), ...merges.map((m) => m.join(''))])];
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const table = new MergeTable({ tokens, ids }, merges.length);
  for (const [rank, merge] of merges.entries()) table.add(rank, merge);
  return table;
}

/** Merges of what is there already, so that each can happen. */
const merges = fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 6 }).map((choices) => {
  const made = [...LETTERS];
  return choices.map(([left, right]) => {
    const merge = [made[left % made.length]!, made[right % made.length]!] as const;
    made.push(merge.join(''));
    return merge;
  });
});

describe('metaSpaceWords', () => {
  it('cuts where no merge joins: word by word gives the tokens of the whole text', () => {
    let cuts = 0;
    fc.assert(
      fc.property(
        merges,
        fc.array(fc.constantFrom('a', 'b', ' '), { maxLength: 12 }),
        (list, chars) => {
          const table = tableOf(list);
          const merge = createMergeWord(table);
          const text = chars.join('');
          const words = metaSpaceWords(SCHEME, table).split(text, true);
          cuts += words.length - 1;
          expect(words.join('')).toBe(text.replaceAll(' ', '▁'));
          expect(words.flatMap((word) => merge([...word]))).toEqual(
            merge([...text.replaceAll(' ', '▁')]),
          );
        },
      ),
      { numRuns: 500 },
    );
    expect(cuts).toBeGreaterThan(100);
  });
});
