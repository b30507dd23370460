import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PromptLookup } from './prompt-lookup.ts';

function lookup(prompt: readonly number[], output: readonly number[] = []): PromptLookup {
  const created = new PromptLookup(Int32Array.from(prompt));
  for (const token of output) created.add(token);
  return created;
}

describe('PromptLookup', () => {
  it('goes on as the text did behind the same two tokens', () => {
    expect(lookup([1, 2, 3, 4, 5, 1, 2]).draft(3)).toEqual([3, 4, 5]);
    expect(lookup([1, 2, 3, 4, 5], [9, 1, 2]).draft(2)).toEqual([3, 4]);
  });

  it('drafts nothing where they never stood before, and no more than it is asked for', () => {
    expect(lookup([1, 2, 3, 4]).draft(3)).toEqual([]);
    expect(lookup([]).draft(3)).toEqual([]);
    expect(lookup([1]).draft(3)).toEqual([]);
    expect(lookup([1, 2, 1, 2]).draft(0)).toEqual([]);
    expect(lookup([1, 2, 1, 2]).draft(-1)).toEqual([]);
  });

  it('prefers the longest match, and of equal ones the latest', () => {
    expect(lookup([7, 1, 2, 30, 8, 1, 2, 31, 7, 1, 2]).draft(1)).toEqual([30]);
    expect(lookup([7, 1, 2, 30, 7, 1, 2, 31, 7, 1, 2]).draft(1)).toEqual([31]);
  });

  it('goes on repeating a text that repeats itself', () => {
    expect(lookup([5, 1, 2, 3, 1, 2, 3]).draft(7)).toEqual([1, 2, 3, 1, 2, 3, 1]);
    expect(lookup([5, 6, 6, 6]).draft(4)).toEqual([6, 6, 6, 6]);
  });

  it('learns from what is added between drafts', () => {
    const text = lookup([1, 2, 3]);
    expect(text.draft(1)).toEqual([]);
    for (const token of [1, 2]) text.add(token);
    expect(text.draft(2)).toEqual([3, 1]);
    for (const token of [4, 1, 2]) text.add(token);
    expect(text.draft(1)).toEqual([4]);
  });

  it('finds what a search of the whole text finds', () => {
    const token = fc.nat({ max: 2 });
    fc.assert(
      fc.property(fc.array(token, { maxLength: 14 }), fc.array(token, { maxLength: 5 }), (a, b) => {
        const text = [...a, ...b];
        const grown = new PromptLookup(Int32Array.from(a));
        for (const next of b) {
          grown.draft(1);
          grown.add(next);
        }
        expect(grown.draft(4)).toEqual(draftNaively(text, 4));
      }),
    );
  });
});

/** Of the latest 8 places behind the last two tokens the one that most tokens match before, up to 16. */
function draftNaively(text: readonly number[], count: number): number[] {
  const places = text
    .map((_, place) => place)
    .filter((place) => place >= 2 && matched(text, place) >= 2)
    .reverse()
    .slice(0, 8);
  const [best] = places.toSorted((a, b) => matched(text, b) - matched(text, a));
  if (best === undefined) return [];
  const whole = [...text];
  while (whole.length < text.length + count) whole.push(whole[best + whole.length - text.length]!);
  return whole.slice(text.length);
}

function matched(text: readonly number[], place: number): number {
  let length = 0;
  while (
    length < Math.min(16, place) &&
    text[place - 1 - length] === text[text.length - 1 - length]
  ) {
    length++;
  }
  return length;
}
