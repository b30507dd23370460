import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical-json.ts';

describe('canonicalJson', () => {
  it('writes what JSON writes, whatever is in a text, with keys in order', () => {
    const text = fc.string({ unit: 'binary' });
    const value = fc.dictionary(
      text,
      fc.oneof(text, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.array(text)),
    );
    fc.assert(
      fc.property(value, (object) => {
        const keys = Object.keys(object).sort();
        const fields = keys.map((key) => `${JSON.stringify(key)}:${JSON.stringify(object[key])}`);
        expect(canonicalJson(object)).toBe(`{${fields.join(',')}}`);
      }),
    );
  });

  it('escapes lone surrogates, which have no UTF-8', () => {
    expect(canonicalJson('\ud800')).toBe('"\\ud800"');
  });
});
