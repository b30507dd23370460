import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readText, writeText } from './json-text.ts';

describe('writeText', () => {
  it('is read back equal, whatever keys and values there are, from one line', () => {
    const key = fc.oneof(
      fc.string(),
      fc.constantFrom('$map', '$integer', '$number', '$object', '$'),
    );
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.string({ unit: 'binary' }),
        fc.double().filter((number) => !Object.is(number, -0)),
        fc.bigInt(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('any'), { maxLength: 4 }),
        fc.dictionary(
          key.filter((name) => name !== '__proto__'),
          tie('any'),
          { maxKeys: 4, noNullPrototype: true },
        ),
        fc
          .array(fc.tuple(fc.string(), tie('any')), { maxLength: 4 })
          .map((entries) => new Map(entries)),
      ),
    })).any;
    fc.assert(
      fc.property(value, (wanted) => {
        const text = writeText(wanted);
        expect(text).not.toContain('\n');
        expect(readText(text)).toEqual(wanted);
      }),
      { numRuns: 500 },
    );
  });
});
