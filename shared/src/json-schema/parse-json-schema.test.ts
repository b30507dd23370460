import { describe, expect, it } from 'vitest';
import { parseJsonSchema } from './parse-json-schema.ts';

function faultsOf(schema: unknown): readonly string[] {
  const text = typeof schema === 'string' ? schema : JSON.stringify(schema);
  const parsed = parseJsonSchema(text);
  return 'faults' in parsed ? parsed.faults.map(({ field, message }) => `${field} ${message}`) : [];
}

describe('parseJsonSchema', () => {
  it('reads properties in order, definitions and annotations', () => {
    const parsed = parseJsonSchema(
      JSON.stringify({
        title: 'A verdict',
        type: 'object',
        properties: {
          verdict: { enum: ['buy', 'sell'], description: 'what to do' },
          why: { $ref: '#/$defs/reason' },
        },
        required: ['verdict'],
        additionalProperties: false,
        $defs: { reason: { type: ['string', 'null'], maxLength: 80 } },
      }),
    );
    expect(parsed).toEqual({
      grammar: expect.objectContaining({
        root: {
          kind: 'object',
          properties: [
            {
              name: 'verdict',
              shape: { kind: 'literals', texts: ['"buy"', '"sell"'] },
              isRequired: true,
            },
            { name: 'why', shape: { kind: 'ref', name: '#/$defs/reason' }, isRequired: false },
          ],
        },
      }),
    });
  });

  it('refuses every keyword that it cannot keep to, by name and place, all at once', () => {
    const schema = {
      type: 'object',
      properties: {
        a: { type: 'string', pattern: '^x', format: 'date' },
        b: { type: 'number', minimum: 0 },
        c: { oneOf: [] },
        d: { anyOf: [{ type: 'array', items: { type: 'null' }, uniqueItems: true }], minLength: 1 },
      },
      required: ['e'],
      additionalProperties: { type: 'string' },
      patternProperties: {},
    };
    expect(faultsOf(schema)).toEqual([
      '# keyword "patternProperties" is not supported here',
      '# additionalProperties must be true or false: a schema there is not supported',
      '# required names "e", which properties has not',
      '#/properties/a keyword "pattern" is not supported here',
      '#/properties/a keyword "format" is not supported here',
      '#/properties/b keyword "minimum" is not supported here',
      '#/properties/c keyword "oneOf" is not supported here',
      '#/properties/c needs one of $ref, anyOf, enum, const, or a type of object, array, string, number, integer, boolean, null; has none',
      '#/properties/d keyword "minLength" is not supported here',
      '#/properties/d/anyOf/0 keyword "uniqueItems" is not supported here',
    ]);
  });

  it.each([
    ['{', '# is not JSON: '],
    ['3', '# must be a schema with a type'],
    [{ type: 'text' }, 'has "text"'],
    [{ type: 'string', minLength: 3, maxLength: 2 }, '# minLength is above maxLength'],
    [{ type: 'string', minLength: -1 }, '# minLength is -1, takes 0 to 10000'],
    [{ type: 'array' }, '#/items must be a schema with a type'],
    [{ enum: [] }, '# enum must be a list of values'],
    [{ enum: ['a'], type: 'integer' }, '# no value of enum or const has the type'],
    [{ $ref: '#/$defs/x' }, '# $ref "#/$defs/x" is not "#" or a definition in "$defs"'],
    [{ $ref: '#' }, '# refers to itself without an end'],
    [{ type: 'array', items: { $ref: '#' }, minItems: 1 }, '# refers to itself without an end'],
    [`"${'x'.repeat(65_536)}"`, '# has 65538 characters, takes up to 65536'],
  ])('refuses %j', (schema, fault) => {
    expect(faultsOf(schema)[0]).toContain(fault);
  });
});
