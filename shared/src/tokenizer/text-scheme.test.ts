import { describe, expect, it } from 'vitest';
import { readTextScheme } from './text-scheme.ts';

const fallback = { type: 'ByteFallback' };
const strip = { type: 'Strip', content: ' ', start: 1, stop: 0 };
const sequence = (...decoders: object[]) => ({ type: 'Sequence', decoders });
const replace = { type: 'Replace', pattern: { String: ' ' }, content: '▁' };
const prepend = { type: 'Prepend', prepend: '▁' };

describe('readTextScheme', () => {
  it.each([
    [
      'normalizers that put ▁ in front, and a decoder that takes a space away',
      { normalizer: { type: 'Sequence', normalizers: [prepend, replace] } },
      sequence(fallback, strip),
      { prefix: 'every', cutsEverySpace: false, dropsFirstSpace: true },
    ],
    [
      'a normalizer that only replaces spaces',
      { normalizer: replace },
      sequence(fallback),
      { prefix: 'never', cutsEverySpace: false, dropsFirstSpace: false },
    ],
    [
      'a pre-tokenizer that cuts at every space',
      { pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first' } },
      sequence({ type: 'Metaspace', prepend_scheme: 'first' }),
      { prefix: 'first', cutsEverySpace: true, dropsFirstSpace: true },
    ],
    [
      'one that cuts nowhere',
      { pre_tokenizer: { type: 'Metaspace', replacement: '▁', split: false } },
      sequence({ type: 'Metaspace', prepend_scheme: 'never' }),
      { prefix: 'unspaced', cutsEverySpace: false, dropsFirstSpace: false },
    ],
  ])('reads SentencePiece with %s', (...[, parts, decoder, scheme]) => {
    expect(readTextScheme({ ...parts, decoder })).toEqual({ kind: 'metaspace', ...scheme });
  });
});
