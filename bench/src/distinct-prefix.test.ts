import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countDistinctPrefixes } from './distinct-prefix.ts';

const tokens = (text: string) => Int32Array.from(text, (char) => char.charCodeAt(0));
const count = (...texts: string[]) => countDistinctPrefixes(texts.map(tokens), 2);

/** A worker that computes one prompt after the other, keeping every whole block. */
function computedInOrder(prompts: readonly string[], size: number): number {
  const resident = new Set<string>();
  let computed = 0;
  for (const prompt of prompts) {
    let start = 0;
    while (start + size < prompt.length && resident.has(prompt.slice(0, start + size)))
      start += size;
    computed += prompt.length - start;
    for (let end = size; end <= prompt.length; end += size) resident.add(prompt.slice(0, end));
  }
  return computed;
}

function* orders<T>(items: readonly T[]): Generator<T[]> {
  if (items.length === 0) yield [];
  for (const [i, item] of items.entries()) {
    for (const rest of orders(items.toSpliced(i, 1))) yield [item, ...rest];
  }
}

describe('countDistinctPrefixes', () => {
  it('counts a shared block once and every tail', () => {
    expect(count('abcde', 'abcdf', 'ab')).toEqual({
      blockTokens: 2,
      prompt: 12,
      blocks: 4,
      tails: 2,
      again: 0,
      distinct: 6,
    });
  });

  it('counts equal blocks apart where what is before them differs', () => {
    expect(count('abxyz', 'cdxyz').distinct).toBe(10);
  });

  it('counts the last block again for each further prompt that ends with it', () => {
    expect(count('abcd', 'abcd', 'abcd', 'abcde')).toMatchObject({ blocks: 4, tails: 1, again: 4 });
  });

  it('is what the best order of a worker that keeps everything computes', () => {
    const prompt = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 7 });
    const prompts = fc.array(prompt, { maxLength: 5 });
    fc.assert(
      fc.property(prompts, fc.integer({ min: 1, max: 3 }), (texts, size) => {
        const best = Math.min(...[...orders(texts)].map((order) => computedInOrder(order, size)));
        expect(countDistinctPrefixes(texts.map(tokens), size).distinct).toBe(best);
      }),
      { numRuns: 300 },
    );
  });
});
