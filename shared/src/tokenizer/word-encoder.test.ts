import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toByteChars } from './byte-alphabet.ts';
import { fixtureSpec, MERGES } from './tokenizer.fixture.ts';
import { readTokenizerJson } from './tokenizer-json.ts';
import { createWordEncoder } from './word-encoder.ts';

/** BPE as its definition says: again and again the leftmost pair of the lowest rank. */
function mergeNaively(word: string): string[] {
  const parts = [...toByteChars(word)];
  for (;;) {
    const ranks = parts.slice(1).map((part, i) => MERGES.indexOf(`${parts[i]} ${part}`));
    const best = Math.min(...ranks.filter((rank) => rank >= 0));
    if (best === Number.POSITIVE_INFINITY) return parts;
    const at = ranks.indexOf(best);
    parts.splice(at, 2, parts[at]! + parts[at + 1]!);
  }
}

const metaspace = {
  kind: 'metaspace',
  prefix: 'never',
  cutsEverySpace: true,
  dropsFirstSpace: false,
} as const;

describe('createWordEncoder', () => {
  const spec = fixtureSpec().tokenizerJson;
  const tables = readTokenizerJson(spec);
  const without = (token: string) => new Map([...tables.ids].filter(([text]) => text !== token));

  it('merges as the definition of BPE says', () => {
    const encode = createWordEncoder(tables);
    const word = fc.array(fc.constantFrom(..."hel rt12'sim "), { maxLength: 20 });
    fc.assert(
      fc.property(word, (chars) => {
        const text = chars.join('');
        expect(encode(text)).toEqual(mergeNaively(text).map((token) => tables.ids.get(token)));
      }),
    );
  });

  it('merges pairs of tokens with spaces in them, each pair for itself', () => {
    const vocab = { a: 0, ' ': 1, b: 2, 'a ': 3, ' b': 4, 'a b': 5, 'a ba': 6, ba: 7 };
    const merges = [
      ['a ', 'ba'],
      ['a', ' '],
      ['a ', 'b'],
      ['a', ' b'],
    ];
    const model = { ...(spec.model as object), vocab, merges };
    const read = readTokenizerJson({ ...spec, model });
    const encode = createWordEncoder({ ...read, scheme: metaspace });
    expect(encode('a b')).toEqual([vocab['a b']]);
    expect(encode('a ba')).toEqual([vocab['a b'], vocab.a]);
  });

  it('forgets bytes the vocabulary lacks before it merges, so that neighbours join', () => {
    const ids = without('!');
    const encode = createWordEncoder({ ...tables, ids });
    expect(encode('h!e')).toEqual([ids.get('he')]);
  });

  it('gives the unknown token for such a byte where the model has one', () => {
    const ids = without('!');
    const encode = createWordEncoder({ ...tables, ids, unknownToken: '<|endoftext|>' });
    expect(encode('h!e')).toEqual([ids.get('h'), 0, ids.get('e')]);
  });
});
