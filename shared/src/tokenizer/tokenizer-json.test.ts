import { describe, expect, it } from 'vitest';
import { createTokenizer } from './create-tokenizer.ts';
import { fixtureSpec } from './tokenizer.fixture.ts';
import { readTokenizerJson } from './tokenizer-json.ts';

const json = fixtureSpec().tokenizerJson;
const model = json.model as Record<string, unknown>;

describe('readTokenizerJson', () => {
  it.each([
    ['normalizer NFKC', { normalizer: { type: 'NFKC' } }],
    ['decoder WordPiece', { decoder: { type: 'WordPiece' } }],
    ['model type Unigram', { model: { ...model, type: 'Unigram' } }],
    ['byte_fallback', { model: { ...model, byte_fallback: true } }],
    [
      'has normalized',
      {
        normalizer: { type: 'NFC' },
        added_tokens: [{ id: 0, content: '<s>', normalized: true }],
      },
    ],
    ['has lstrip', { added_tokens: [{ id: 0, content: '<s>', lstrip: true }] }],
  ])('refuses by name: %s', (name, change) => {
    expect(() => readTokenizerJson({ ...json, ...change })).toThrow(
      expect.objectContaining({
        code: 'MODEL_UNSUPPORTED',
        message: expect.stringContaining(name),
      }),
    );
  });

  it('reads a list of tokens as the object of their ids', () => {
    const entries = Object.entries(model.vocab as Record<string, number>);
    const vocab = entries.toSorted(([, a], [, b]) => a - b).map(([token]) => token);
    const tables = readTokenizerJson({ ...json, model: { ...model, vocab } });
    expect(tables).toEqual(readTokenizerJson(json));
  });

  it.each([
    ['has a token twice', ['a', 'b', 'a']],
    ['must have tokens', []],
    ['must be an object of token ids, or a list', ['a', 1]],
  ])('refuses a vocabulary that %s', (message, vocab) => {
    const read = () => readTokenizerJson({ ...json, model: { ...model, vocab, merges: [] } });
    expect(read).toThrow(expect.objectContaining({ faults: [{ field: 'model.vocab', message }] }));
  });

  it('lists every fault of a malformed file', () => {
    const broken = {
      ...json,
      added_tokens: [{ content: 'x' }],
      model: { ...model, vocab: { a: 0, b: 0 }, merges: ['a b', 'a'] },
    };
    expect(() => readTokenizerJson(broken)).toThrow(
      expect.objectContaining({
        code: 'MODEL_INVALID',
        faults: [
          { field: 'model.vocab', message: 'gives one id to two tokens' },
          { field: 'model.merges[0]', message: 'makes ab, which the vocabulary lacks' },
          { field: 'model.merges[1]', message: 'must be two tokens' },
          { field: 'added_tokens[0]', message: 'needs an id and a content' },
        ],
      }),
    );
  });
});

describe('createTokenizer', () => {
  it('has a digest of the whole spec', () => {
    const digest = createTokenizer(fixtureSpec()).digest;
    expect(createTokenizer(fixtureSpec()).digest).toBe(digest);
    expect(createTokenizer(fixtureSpec({ addBos: true })).digest).not.toBe(digest);
  });

  it('refuses a BOS that is no token', () => {
    expect(() => createTokenizer(fixtureSpec({ addBos: true, bosToken: '<nope>' }))).toThrow(
      expect.objectContaining({ code: 'MODEL_INVALID' }),
    );
  });
});
