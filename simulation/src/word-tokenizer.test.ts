import { contentText } from '@helium/shared/tokenizer';
import { expect, it } from 'vitest';
import { createWordTokenizer } from './word-tokenizer.ts';

const tokenizer = createWordTokenizer();

it('gives a token per word', () => {
  expect(tokenizer.encode(contentText('one two\n\nthree ')).length).toBe(4);
  expect(tokenizer.encode(contentText('')).length).toBe(0);
});

it('calls stable what no further text can change', () => {
  for (const start of ['', 'a', 'a b', 'a b ', 'a  \n', ' a', '\n']) {
    const { tokens, chars } = tokenizer.encodeStable(contentText(start));
    expect(tokenizer.encode(contentText(start.slice(0, chars)))).toEqual(tokens);
    for (const more of ['', 'x', ' x', '\n', 'x y']) {
      const whole = tokenizer.encode(contentText(start + more));
      expect(whole.subarray(0, tokens.length)).toEqual(tokens);
    }
  }
});

it('renders a prompt with its holes filled as it renders the whole', () => {
  const { pieces } = tokenizer.renderChatSegments([
    { role: 'user', content: [{ text: 'say ' }, { hole: 0 }, { text: ' again' }] },
  ]);
  const filled = pieces.map((piece) => (piece.kind === 'hole' ? 'this' : piece.text)).join('');
  const whole = tokenizer.renderChat([{ role: 'user', content: 'say this again' }]);
  expect(filled).toBe(whole.map(({ text }) => text).join(''));
});
