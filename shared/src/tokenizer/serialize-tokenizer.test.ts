import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  deserializeTokenizer,
  serializeTokenizer,
  TOKENIZER_BYTES_MAX,
} from './serialize-tokenizer.ts';
import { fixtureSpec } from './tokenizer.fixture.ts';
import { tokenizerDigest } from './tokenizer-digest.ts';

const refusal = (code: string) => expect.objectContaining({ code });

describe('serializeTokenizer', () => {
  it('is undone by deserializeTokenizer', () => {
    const spec = fixtureSpec();
    const digest = tokenizerDigest(spec);
    expect(deserializeTokenizer(serializeTokenizer(spec))).toEqual({ spec, digest });
  });

  it('keeps a token that is called __proto__', () => {
    const tokenizerJson = { vocab: Object.fromEntries([['__proto__', 7]]) };
    const bytes = serializeTokenizer(fixtureSpec({ tokenizerJson }));
    expect(Object.entries(deserializeTokenizer(bytes).spec.tokenizerJson.vocab as object)).toEqual([
      ['__proto__', 7],
    ]);
  });
});

describe('deserializeTokenizer', () => {
  it('refuses what is not gzipped JSON of a spec', () => {
    for (const bytes of [Buffer.from('plain'), gzipSync('{'), gzipSync('[]')]) {
      expect(() => deserializeTokenizer(bytes)).toThrow(refusal('MODEL_INVALID'));
    }
  });

  it('lists every missing and unknown field', () => {
    const { chatTemplate: _, ...rest } = fixtureSpec();
    const bytes = gzipSync(JSON.stringify({ ...rest, extra: 1, addBos: 'yes' }));
    expect(() => deserializeTokenizer(bytes)).toThrow(
      expect.objectContaining({
        faults: [
          { field: 'chatTemplate', message: 'must be text' },
          { field: 'addBos', message: 'must be true or false' },
          { field: 'extra', message: 'is unknown' },
        ],
      }),
    );
  });

  it('stops a bomb at its limit', () => {
    const bomb = gzipSync(Buffer.alloc(TOKENIZER_BYTES_MAX + 1, 32));
    expect(() => deserializeTokenizer(bomb)).toThrow(refusal('MESSAGE_TOO_LARGE'));
  });
});
