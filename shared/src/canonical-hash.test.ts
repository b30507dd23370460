import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Canonical, canonicalHash, encodeCanonical } from './canonical-hash.ts';

const { canonical } = fc.letrec<{ canonical: Canonical }>((tie) => ({
  canonical: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.string({ unit: 'binary', maxLength: 4 }),
    fc.string({ unit: fc.constantFrom('s', 'a', '1', ':', ';', 'n', '2'), maxLength: 6 }),
    fc.integer({ min: -3, max: 12 }),
    fc.bigInt({ min: -3n, max: 12n }),
    fc.constant(null),
    fc.array(tie('canonical'), { maxLength: 3 }),
  ),
}));

const sameValue = (a: Canonical, b: Canonical) => {
  const print = (value: Canonical) =>
    JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? { bigint: String(v) } : v));
  return print(a) === print(b);
};

describe('canonicalHash', () => {
  it('encodes two values equally only when they are equal', () => {
    fc.assert(
      fc.property(canonical, canonical, (a, b) => {
        expect(encodeCanonical(a) === encodeCanonical(b)).toBe(sameValue(a, b));
      }),
      { numRuns: 2000 },
    );
  });

  it('never decides by where one text ends and the next begins', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.nat(), fc.nat(), (text, i, j) => {
        const cut = (at: number) => [text.slice(0, at), text.slice(at)];
        const [first, second] = [i % (text.length + 1), j % (text.length + 1)];
        const equal = canonicalHash('d', cut(first)) === canonicalHash('d', cut(second));
        expect(equal).toBe(first === second);
      }),
    );
  });

  it('keeps domains, types and lone surrogates apart', () => {
    const hashes = [
      canonicalHash('a', '1'),
      canonicalHash('b', '1'),
      canonicalHash('a', 1),
      canonicalHash('a', 1n),
      canonicalHash('a', ['1']),
      canonicalHash('a', null),
      canonicalHash('a', '\ud800'),
      canonicalHash('a', '\ufffd'),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
    expect(hashes[0]).toMatch(/^[0-9a-f]{64}$/);
  });

  it('takes negative zero for zero', () => {
    expect(canonicalHash('a', -0)).toBe(canonicalHash('a', 0));
  });
});
