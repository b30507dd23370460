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
          alsoRequired: [],
          isOpen: false,
          at: '#',
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
        a: { type: 'string', pattern: '(?=x)', format: 'iri' },
        b: { type: 'number', multipleOf: 0.1, minimum: 'x' },
        c: { oneOf: [] },
        d: {
          anyOf: [{ type: 'array', items: { type: 'null' }, uniqueItems: true }],
          minLength: -1,
        },
        f: { minimum: 1 },
      },
      required: ['e'],
      additionalProperties: { type: 'string' },
      patternProperties: {},
    };
    expect(faultsOf(schema)).toEqual([
      '# keyword "patternProperties" is not supported here',
      '# additionalProperties must be true or false: a schema there is not supported',
      '#/properties/a pattern "(?=x)" is not supported: Assertions are not supported.',
      '#/properties/a format "iri" is not supported, takes date, time, date-time, duration, email, hostname, ipv4, ipv6, uri, uuid',
      '#/properties/b minimum is "x", takes a number',
      '#/properties/b multipleOf is 0.1, supported are whole numbers from 1 to 1000',
      '#/properties/c/oneOf must be a list of schemas',
      '#/properties/d/anyOf/0 keyword "uniqueItems" is not supported here',
      '#/properties/d minLength is -1, takes 0 to 10000',
      '# required names "e", which properties has not',
      '#/properties/f needs a type of object, array, string, number, integer, boolean, null, or one of $ref, anyOf, oneOf, allOf, enum, const',
    ]);
  });

  it.each([
    ['{', '# is not JSON: '],
    ['3', '# must be a schema with a type'],
    [{ type: 'text' }, '# type is "text", takes object, array'],
    [{ type: 'string', pattern: 'a\\bc' }, 'is not supported: Assertions are not supported'],
    [{ type: 'string', pattern: '(' }, 'pattern "(" is not supported: Invalid regular expression'],
    [{ type: 'integer', minimum: 3, maximum: 2 }, '# minimum is 3, above maximum, which is 2'],
    [
      { type: 'number', exclusiveMinimum: 3, maximum: 2 },
      '# exclusiveMinimum is 3, above maximum, which is 2',
    ],
    [
      { type: 'integer', minimum: 1e300 },
      '# minimum is 1e+300, numbers are written up to 999999999999999',
    ],
    [
      { anyOf: [{ type: 'null' }, { type: 'number', minimum: 1e10 }] },
      '#/anyOf/1 minimum is 10000000000, numbers are written up to 999999999.999999; of integers 999999999999999',
    ],
    [
      { type: 'object', properties: { a: { type: 'number', exclusiveMaximum: -1e300 } } },
      '#/properties/a exclusiveMaximum is -1e+300, numbers are written from -999999999.999999; of integers -999999999999999',
    ],
    [
      { type: 'integer', exclusiveMinimum: 999_999_999_999_999 },
      '# exclusiveMinimum is 999999999999999, numbers are written up to 999999999999999',
    ],
    [{ allOf: [{ type: 'string' }, { type: 'integer' }] }, '# allows no value'],
    [
      {
        type: 'array',
        items: { $ref: '#/$defs/a' },
        $defs: {
          a: { anyOf: [{ $ref: '#/$defs/b' }, { type: 'null' }] },
          b: { anyOf: [{ $ref: '#/$defs/c' }, { type: 'null' }] },
          c: { anyOf: [{ type: 'null' }, { $ref: '#/$defs/a' }] },
        },
      },
      '#/$defs/a refers to itself without an end',
    ],
    [
      { oneOf: [{ type: 'integer' }, { type: 'number', minimum: 3 }] },
      '#/oneOf alternatives 0 and 1 may hold both',
    ],
    [{ enum: ['a'], pattern: 'a' }, '# values are listed beside a pattern'],
    [
      {
        allOf: Array.from({ length: 13 }, (_, i) => ({
          anyOf: [
            { type: 'string', minLength: i },
            { type: 'string', maxLength: 50 + i },
          ],
        })),
      },
      '# has more than 5000 pairs of schemas',
    ],
    [
      { type: 'string', minLength: 3, maxLength: 2 },
      '# minLength is 3, above maxLength, which is 2',
    ],
    [{ type: 'string', minLength: -1 }, '# minLength is -1, takes 0 to 10000'],
    [{ type: 'string', maxLength: null }, '# maxLength is null, takes 0 to 10000'],
    ['{"type": "string", "minLength": 1e999}', '# minLength is more than a number holds'],
    [{ type: 'number', minimum: null }, '# minimum is null, takes a number'],
    [{ type: 'constructor' }, '# type is "constructor", takes object'],
    [{ type: ['string', '__proto__'] }, '# type is "__proto__", takes object'],
    [{ enum: null }, '# enum must be a list of values'],
    [{ enum: null, const: 1 }, '# enum must be a list of values'],
    [{ type: 'array' }, '#/items needs a type of'],
    [{ enum: [] }, '# enum must be a list of values'],
    [{ enum: ['a'], type: 'integer' }, '# no value of enum or const has the type'],
    [{ $ref: '#/$defs/x' }, '# $ref "#/$defs/x" is not "#" or a definition in "$defs"'],
    [{ $ref: '#' }, '# refers to itself without an end'],
    [{ type: 'array', items: { $ref: '#' }, minItems: 1 }, '# refers to itself without an end'],
    [`"${'x'.repeat(65_536)}"`, '# has 65538 characters, takes up to 65536'],
  ])('refuses %j', (schema, fault) => {
    expect(faultsOf(schema)[0]).toContain(fault);
  });

  it('refuses values nested without an end to speak of', () => {
    const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`;
    expect(faultsOf(`{"const": ${deep}}`)).toEqual([
      '# a value of enum or const is nested deeper than 32',
    ]);
  });

  it.each([
    { type: 'integer', minimum: 999_999_999_999_999 },
    { type: 'number', minimum: -1e300, maximum: 1e300 },
    { allOf: [{ type: 'integer' }, { minimum: 1e10 }] },
    { allOf: [{ type: 'integer' }, { type: 'number', minimum: 1e10 }] },
    { enum: [1e300], minimum: 1e299 },
  ])('takes limits that leave numbers: %j', (schema) => {
    expect(faultsOf(schema)).toEqual([]);
  });
});
