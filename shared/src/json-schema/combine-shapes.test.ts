import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJsonSchema } from './parse-json-schema.ts';

const word = fc.constantFrom('a', 'b');
const inner = fc.constantFrom<object>(
  { const: 'x' },
  { const: 'y' },
  { type: 'string', minLength: 3 },
  { type: 'string', maxLength: 2 },
  { type: 'integer' },
);
const properties = fc.dictionary(word, inner, { maxKeys: 2 });
const object = properties.chain((of) =>
  fc.record({
    type: fc.constant('object'),
    properties: fc.constant(of),
    required: fc.subarray(Object.keys(of)),
  }),
);

/** Whether Helium keeps to it. */
function isTaken(schema: object): boolean {
  return !('faults' in parseJsonSchema(JSON.stringify(schema)));
}

describe('alternatives that exclude each other', () => {
  it('are taken by reference as they are in place', () => {
    const plain = word.map((name) => ({ required: [name] }));
    const alternatives = fc.array(fc.oneof(plain, object, inner), { minLength: 2, maxLength: 3 });
    fc.assert(
      fc.property(object, alternatives, (own, oneOf) => {
        const isNamed = (each: object) => 'type' in each || 'const' in each;
        const $defs = Object.fromEntries(
          oneOf.flatMap((each, i) => (isNamed(each) ? [[`d${i}`, each]] : [])),
        );
        const named = oneOf.map((each, i) => (isNamed(each) ? { $ref: `#/$defs/d${i}` } : each));
        const inPlace = isTaken({ ...own, oneOf });
        expect(isTaken({ ...own, $defs, oneOf: named })).toBe(inPlace);
      }),
      { numRuns: 500 },
    );
  });
});
