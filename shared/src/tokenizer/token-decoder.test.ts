import { describe, expect, it } from 'vitest';
import { createTokenizer } from './create-tokenizer.ts';
import { contentText } from './prompt-text.ts';
import { fixtureSpec } from './tokenizer.fixture.ts';

describe('createDecoder', () => {
  const tokenizer = createTokenizer(fixtureSpec());

  it('holds back a character until its last byte', () => {
    const decoder = tokenizer.createDecoder();
    const texts = [...tokenizer.encode(contentText('😀'))].map((id) => decoder.push(id));
    expect(texts).toEqual(['', '', '', '😀']);
    expect(decoder.end()).toBe('');
  });

  it('ends an incomplete character with U+FFFD', () => {
    const decoder = tokenizer.createDecoder();
    for (const id of tokenizer.encode(contentText('😀')).subarray(0, 3)) decoder.push(id);
    expect(decoder.end()).toBe('\ufffd');
  });

  it('gives no text for control tokens and the text of user-defined ones', () => {
    const decoder = tokenizer.createDecoder();
    expect([0, 1, 2, 3].map((id) => decoder.push(id))).toEqual(['', '', '', '<think>']);
  });

  it('keeps a byte order mark and gives nothing for ids the model lacks', () => {
    const decoder = tokenizer.createDecoder();
    const ids = [...tokenizer.encode(contentText('\ufeffa')), 99_999];
    expect(ids.map((id) => decoder.push(id)).join('')).toBe('\ufeffa');
  });
});
