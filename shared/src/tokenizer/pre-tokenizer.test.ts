import { describe, expect, it } from 'vitest';
import { compilePreTokenizer } from './pre-tokenizer.ts';

const byteLevel = (changes: object = {}) => ({
  type: 'ByteLevel',
  add_prefix_space: false,
  use_regex: true,
  ...changes,
});

describe('compilePreTokenizer', () => {
  it('takes Digits as every Unicode number, one by one', () => {
    const { split } = compilePreTokenizer({
      type: 'Sequence',
      pretokenizers: [{ type: 'Digits', individual_digits: true }, byteLevel()],
    });
    expect(split('a12 ٣½b')).toEqual(['a', '1', '2', ' ', '٣', '½', 'b']);
  });

  it('takes white space as Unicode does, not as JavaScript does', () => {
    const { split } = compilePreTokenizer(byteLevel());
    expect(split('a\u0085b')).toEqual(['a', '\u0085', 'b']);
    expect(split('a\ufeffb')).toEqual(['a', '\ufeff', 'b']);
    expect(split(' \ufeff')).toEqual([' \ufeff']);
  });

  it.each([
    ['Metaspace', { type: 'Metaspace' }],
    ['toString', { type: 'Sequence', pretokenizers: [{ type: 'toString' }, byteLevel()] }],
    ['add_prefix_space', byteLevel({ add_prefix_space: true })],
    [
      'behavior MergedWithNext',
      { type: 'Split', pattern: { Regex: 'a' }, behavior: 'MergedWithNext' },
    ],
    ['without ByteLevel', { type: 'Digits', individual_digits: true }],
  ])('refuses by name: %s', (name, config) => {
    expect(() => compilePreTokenizer(config)).toThrow(
      expect.objectContaining({
        code: 'MODEL_UNSUPPORTED',
        message: expect.stringContaining(name),
      }),
    );
  });
});
