import { createTokenizer, type SegmentedMessage } from '@helium/shared/tokenizer';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimatingTokenizer, modelTokenizer } from './prompt-tokens.ts';
import { byteTokenizerSpec } from './tokenizer-spec.fixture.ts';

const tokenizer = createTokenizer(byteTokenizerSpec());
const text = fc.string({ maxLength: 12 });
const content = fc.array(
  fc.oneof(
    text.map((known) => ({ text: known })),
    fc.nat(3).map((hole) => ({ hole })),
  ),
  { maxLength: 5 },
);

describe('modelTokenizer', () => {
  it('gives a true prefix of the prompt before the first hole, and all of it without one', () => {
    const prompts = modelTokenizer(tokenizer);
    fc.assert(
      fc.property(
        content,
        content,
        fc.array(text, { minLength: 4, maxLength: 4 }),
        (s, u, fill) => {
          const messages: SegmentedMessage[] = [
            { role: 'system', content: s },
            { role: 'user', content: u },
          ];
          const { items, exact } = prompts(messages);
          const filled = messages.map(({ role, content: parts }) => ({
            role,
            content: parts
              .map((part) => ('text' in part ? part.text : (fill[part.hole] ?? '')))
              .join(''),
          }));
          const whole = tokenizer.encode(tokenizer.renderChat(filled));
          const [first] = items;
          if (!exact || first?.kind !== 'tokens') return;
          expect(whole.subarray(0, first.tokens.length)).toEqual(first.tokens);
          if (items.length === 1) expect(whole).toEqual(first.tokens);
        },
      ),
    );
  });

  it('gives the same array for the same text, so that it is tokenized once', () => {
    const prompts = modelTokenizer(tokenizer);
    const make = (hole: number) =>
      prompts([{ role: 'user', content: [{ text: 'a long static start ' }, { hole }] }]).items[0];
    const [one, two] = [make(1), make(2)];
    expect(one?.kind === 'tokens' && two?.kind === 'tokens' && one.tokens === two.tokens).toBe(
      true,
    );
  });

  it('remembers texts of so many characters, and none that is longer', () => {
    const prompts = modelTokenizer(tokenizer, 2000);
    const tokensOf = (letter: string, length: number) => {
      const { items } = prompts([{ role: 'user', content: [{ text: letter.repeat(length) }] }]);
      return items[0]?.kind === 'tokens' ? items[0].tokens : undefined;
    };
    const [a, b] = [tokensOf('a', 300), tokensOf('b', 300)];
    expect(tokensOf('a', 300)).toBe(a);
    expect(tokensOf('l', 3000)).not.toBe(tokensOf('l', 3000));
    expect(tokensOf('b', 300)).toBe(b);
    // Not beside the others.
    tokensOf('c', 1500);
    expect(tokensOf('b', 300)).not.toBe(b);
    const c = tokensOf('c', 1500);
    // Counted from there on.
    tokensOf('d', 20);
    expect(tokensOf('c', 1500)).toBe(c);
  });

  it('remembers 4,096 texts', () => {
    const prompts = modelTokenizer(tokenizer);
    const tokensOf = (number: number) => {
      const { items } = prompts([{ role: 'user', content: [{ text: `${number}` }] }]);
      return items[0]?.kind === 'tokens' ? items[0].tokens : undefined;
    };
    const first = tokensOf(0);
    for (let number = 1; number < 4096; number++) tokensOf(number);
    expect(tokensOf(0)).toBe(first);
    tokensOf(4096);
    expect(tokensOf(0)).not.toBe(first);
  });
});

describe('estimatingTokenizer', () => {
  it('makes a token of every four characters, equal for equal text', () => {
    const estimate = estimatingTokenizer();
    const tokensOf = (said: string) => estimate([{ role: 'user', content: [{ text: said }] }]);
    const [one, two] = [tokensOf('abcdefghij'), tokensOf('abcdefghXX')];
    expect(one.exact).toBe(false);
    const [a, b] = [one.items[0], two.items[0]];
    if (a?.kind !== 'tokens' || b?.kind !== 'tokens') throw new Error('no tokens');
    expect(a.tokens).toHaveLength(4);
    expect([...a.tokens].filter((token, i) => token === b.tokens[i])).toHaveLength(3);
  });
});
