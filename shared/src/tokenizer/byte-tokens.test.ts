import { expect, it } from 'vitest';
import { BYTE_TOKENS, byteOfToken } from './byte-tokens.ts';

it('has a token for each byte, told apart from pieces of text', () => {
  expect(BYTE_TOKENS.map(byteOfToken)).toEqual(Array.from({ length: 256 }, (_, byte) => byte));
  for (const text of ['a', '<0x>', '<0xE>', '<0xe9>', '<0xE99>', 'x<0xE9>', '']) {
    expect(byteOfToken(text)).toBeUndefined();
  }
});
