import { createPrng } from '@helium/shared';
import { createTokenizer } from '@helium/shared/tokenizer';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AllowedTokens } from '../../batching/step-executor.ts';
import { createSimVocabulary } from '../sim/sim-tokenizer-spec.ts';
import { combinedSchemas, type Schema, schemas, validates } from './random-schema.fixture.ts';
import { SchemaConstraints } from './schema-constraints.ts';

const tokenizer = createTokenizer(createSimVocabulary().spec);
const constraints = new SchemaConstraints(tokenizer);
const [endToken] = tokenizer.endTokenIds;

const open = (schema: Schema) => constraints.open(JSON.stringify(schema));

const FORMATS = [
  'date',
  'time',
  'date-time',
  'duration',
  'email',
  'hostname',
  'ipv4',
  'ipv6',
  'uuid',
  'uri',
];

/** A text drawn token by token among what is allowed, those that close things being likelier over time. */
function draw(schema: Schema, seed: number): string {
  const random = createPrng(seed);
  const constraint = open(schema);
  const decoder = tokenizer.createDecoder();
  let text = '';
  for (let count = 0; !constraint.isComplete; count++) {
    expect(count).toBeLessThan(3000);
    const allowed = constraint.allowed();
    if (allowed.has(endToken!) && random() < 0.5) break;
    const tokens = all(allowed).filter((token) => !tokenizer.endTokenIds.has(token));
    const closing = tokens.filter((token) => /^["\]}]/.test(textOf(token)));
    const isLate = count > 20 && closing.length > 0 && random() < 0.8;
    const from = isLate ? closing : tokens;
    const token = from[Math.floor(random() * from.length)]!;
    constraint.push(token);
    text += decoder.push(token);
  }
  return text + decoder.end();
}

function all(allowed: AllowedTokens): readonly number[] {
  return allowed.few(Number.POSITIVE_INFINITY)!;
}

function textOf(token: number): string {
  return Buffer.from(tokenizer.bytesOf(token)).toString('latin1');
}

/** Whether the text can come, byte by byte. */
function accepts(schema: Schema, text: string): boolean {
  const constraint = open(schema);
  for (const byte of Buffer.from(text)) {
    const token = all(constraint.allowed()).find((each) => {
      const bytes = tokenizer.bytesOf(each);
      return bytes.length === 1 && bytes[0] === byte;
    });
    if (token === undefined) return false;
    constraint.push(token);
  }
  return constraint.isComplete || constraint.allowed().has(endToken!);
}

describe('SchemaConstraints', () => {
  it('lets only texts come that are JSON and validate', () => {
    fc.assert(
      fc.property(schemas, fc.nat(), (schema, seed) => {
        const value: unknown = JSON.parse(draw(schema, seed));
        expect(validates(value, schema)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it('lets a text end where it is whole, and nowhere else', () => {
    fc.assert(
      fc.property(schemas, fc.nat(), (schema, seed) => {
        const text = draw(schema, seed);
        expect(accepts(schema, text)).toBe(true);
        expect(accepts(schema, `${text} `)).toBe(false);
        if (text.length > 1 && /["\]}]$/.test(text)) {
          expect(accepts(schema, text.slice(0, -1))).toBe(false);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('knows of each token what it knows of all, and of few only as many as are asked for', () => {
    fc.assert(
      fc.property(schemas, fc.nat(), fc.nat(300), (schema, seed, limit) => {
        const constraint = open(schema);
        const random = createPrng(seed);
        for (let count = 0; count < 12 && !constraint.isComplete; count++) {
          const allowed = constraint.allowed();
          const few = allowed.few(limit);
          const whole = all(allowed);
          expect(few).toEqual(whole.length <= limit ? whole : undefined);
          const ids = Array.from({ length: tokenizer.vocabSize }, (_, id) => id);
          expect(ids.filter((id) => allowed.has(id))).toEqual(whole);
          const tokens = whole.filter((token) => !tokenizer.endTokenIds.has(token));
          if (tokens.length === 0) break;
          constraint.push(tokens[Math.floor(random() * tokens.length)]!);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('knows what must come next, where there is no choice', () => {
    const forced = (schema: Schema) => {
      const tokens = open(schema).forced();
      return Buffer.concat(tokens.map((token) => tokenizer.bytesOf(token))).toString();
    };
    const score = {
      type: 'object',
      properties: { score: { type: 'integer' } },
      required: ['score'],
    };
    expect(forced(score)).toBe('{"score": ');
    expect(forced({ const: 'é!' })).toBe('"é!"');
    expect(forced({ enum: ['upper', 'up'] })).toBe('"up');
    expect(forced({ enum: ['à', 'á'] })).toBe('"');
    expect(forced({ type: 'integer' })).toBe('');
    expect(forced({ const: 'x'.repeat(300) }).length).toBe(64);
  });

  it('forces no text beside which another may come', () => {
    let count = 0;
    fc.assert(
      fc.property(schemas, fc.nat(), (schema, seed) => {
        const constraint = open(schema);
        const random = createPrng(seed);
        for (let step = 0; step < 12 && !constraint.isComplete; step++) {
          const tokens = all(constraint.allowed());
          const text = constraint.forced().flatMap((token) => [...tokenizer.bytesOf(token)]);
          if (text.length > 0) count++;
          for (const token of text.length > 0 ? tokens : []) {
            const bytes = [...tokenizer.bytesOf(token)];
            const length = Math.min(bytes.length, text.length);
            expect(bytes.length).toBeGreaterThan(0);
            expect(bytes.slice(0, length)).toEqual(text.slice(0, length));
          }
          const going = tokens.filter((token) => !tokenizer.endTokenIds.has(token));
          if (going.length === 0) break;
          constraint.push(going[Math.floor(random() * going.length)]!);
        }
      }),
      { numRuns: 60 },
    );
    expect(count).toBeGreaterThan(60);
  });

  it('keeps to patterns, formats, limits and what must hold together, as ajv reads them', () => {
    const ajv = new Ajv2020({ strict: false });
    addFormats.default(ajv);
    fc.assert(
      fc.property(combinedSchemas, fc.nat(), (schema, seed) => {
        let text: string;
        try {
          text = draw(schema, seed);
        } catch (thrown) {
          expect(String(thrown)).toMatch(
            /may hold both|allows no|, above |beside a pattern|which properties has not/,
          );
          return;
        }
        const isValid = ajv.compile(schema);
        expect([text, isValid(JSON.parse(text))]).toEqual([text, true]);
      }),
      { numRuns: 150 },
    );
  });

  it.each(FORMATS)('writes a %s', (format) => {
    const ajv = new Ajv2020();
    addFormats.default(ajv);
    const schema = { type: 'string', format };
    const isValid = ajv.compile(schema);
    const texts = Array.from({ length: 20 }, (_, seed) => draw(schema, seed));
    expect(texts.filter((text) => !isValid(JSON.parse(text)))).toEqual([]);
  });

  it.each([
    [
      { type: 'string', format: 'date' },
      ['"2024-02-29"', '"1999-12-31"'],
      ['"2023-02-29"', '"2024-13-01"', '"2024-1-01"'],
    ],
    [
      { type: 'string', format: 'date-time' },
      ['"2024-02-29T23:59:00.5+02:00"'],
      ['"2024-02-29T24:00:00Z"'],
    ],
    [{ type: 'string', format: 'email' }, ['"a.b@c-d.org"'], ['"a@b"', '".a@b.org"']],
    [{ type: 'string', format: 'ipv4' }, ['"255.0.10.9"'], ['"256.1.1.1"', '"1.2.3"']],
    [{ type: 'string', pattern: '^[A-Z]{2,3}-\\d+$' }, ['"AB-1"'], ['"A-1"', '"AB-"', '"xAB-1"']],
    [{ type: 'string', pattern: 'b' }, ['"b"', '"abc"', '"\\"b"'], ['"a"', '""']],
    [{ type: 'string', pattern: '^\\p{L}+$' }, ['"é世x"'], ['"1"', '"a b"']],
    [
      { type: 'string', pattern: '^a*$', minLength: 2, maxLength: 3 },
      ['"aa"', '"aaa"'],
      ['"a"', '"aaaa"'],
    ],
    [
      { type: 'integer', minimum: -12, maximum: 105 },
      ['-12', '0', '105', '99'],
      ['-13', '106', '1000'],
    ],
    [{ type: 'integer', exclusiveMinimum: 0, maximum: 9 }, ['1', '9'], ['0', '10', '-1']],
    [{ type: 'integer', multipleOf: 7, minimum: 10 }, ['14', '7000'], ['7', '15', '-14']],
    [
      { type: 'number', minimum: 0, maximum: 1 },
      ['0', '1', '0.25', '1.0'],
      ['1.1', '-0.1', '1.000001', '2'],
    ],
    [
      { type: 'number', exclusiveMinimum: -1.5, maximum: 20.25 },
      ['-1.499999', '20.25', '3'],
      ['-1.5', '-1.50', '20.250001', '21'],
    ],
    [
      {
        type: 'object',
        properties: { a: { const: 1 }, b: { const: 2 } },
        oneOf: [{ required: ['a'] }, { required: ['b'] }],
      },
      ['{"a": 1}', '{"b": 2}'],
      ['{}', '{"a": 1, "b": 2}'],
    ],
    [
      {
        oneOf: [{ type: 'integer', maximum: 3 }, { type: 'integer', minimum: 5 }, { type: 'null' }],
      },
      ['3', '5', 'null'],
      ['4'],
    ],
    [
      {
        allOf: [
          { $ref: '#/$defs/named' },
          { properties: { age: { type: 'integer' } }, required: ['age'] },
        ],
        $defs: {
          named: { type: 'object', properties: { name: { enum: ['x'] } }, required: ['name'] },
        },
      },
      ['{"name": "x", "age": 3}'],
      ['{"name": "x"}', '{"age": 3}'],
    ],
    [
      {
        $ref: '#/$defs/tree',
        properties: { value: { minimum: 3 } },
        $defs: {
          tree: {
            type: 'object',
            properties: { value: { type: 'integer' }, next: { $ref: '#/$defs/tree' } },
            required: ['value'],
          },
        },
      },
      ['{"value": 3}', '{"value": 3, "next": {"value": 1}}'],
      ['{"value": 2}'],
    ],
    [
      { type: 'integer' },
      ['0', '-7', '123456789012345'],
      ['01', '1.0', '+1', '1234567890123456', ''],
    ],
    [{ type: 'number' }, ['0', '-0.5', '1e9', '2.5E-07'], ['.5', '1.', '1e', 'NaN', '1e999']],
    [
      { type: 'string', minLength: 1, maxLength: 2 },
      ['"a"', '"é€"', '"😀\\n"', '"\\u00e9"'],
      ['""', '"abc"', '"\\x"', '"\\ud800"', '"\n"', 'a'],
    ],
    [
      { type: 'array', items: { type: 'null' }, minItems: 1 },
      ['[null]', '[null, null]'],
      ['[]', '[null,null]'],
    ],
    [
      {
        type: 'object',
        properties: { a: { const: 1 }, b: { const: 2 }, c: { const: 3 } },
        required: ['b'],
      },
      ['{"b": 2}', '{"a": 1, "b": 2}', '{"b": 2, "c": 3}', '{"a": 1, "b": 2, "c": 3}'],
      ['{}', '{"a": 1}', '{"b": 2, "a": 1}', '{"b": 2, }', '{, "b": 2}', '{"b":2}'],
    ],
    [{ anyOf: [{ type: 'string' }, { type: 'integer' }], $defs: {} }, ['"x"', '5'], ['null', '"5']],
  ])('%j takes what it says', (schema, good, bad) => {
    expect(good.filter((text) => !accepts(schema, text))).toEqual([]);
    expect(bad.filter((text) => accepts(schema, text))).toEqual([]);
  });

  it('follows references to any depth', () => {
    const list = {
      type: 'object',
      properties: { next: { $ref: '#' } },
      additionalProperties: false,
    };
    const text = `${'{"next": '.repeat(40)}{}${'}'.repeat(40)}`;
    expect(accepts(list, text)).toBe(true);
    expect(accepts(list, text.slice(0, -1))).toBe(false);
  });

  it('says what it cannot keep to', () => {
    expect(() => open({ type: 'string', pattern: '\\ba' })).toThrow(
      'the output schema: # pattern "\\\\ba" is not supported: Assertions',
    );
    expect(() => open({ type: 'string', pattern: '^a{3}$', maxLength: 2 })).toThrow(
      'the output schema allows no text',
    );
    expect(() => open({ type: 'string', pattern: '^(?:a{1000}){100}$' })).toThrow(
      'need more than 50000 states',
    );
    const long = { type: 'string', minLength: 9000 };
    expect(() => open(long)).not.toThrow();
    expect(() => open({ anyOf: Array.from({ length: 6 }, () => long) })).toThrow(
      'more than 50000 states',
    );
    const alike = {
      anyOf: Array.from({ length: 600 }, () => ({ type: 'string', maxLength: 3 })),
    };
    expect(() => all(open(alike).allowed())).toThrow('more than 512 readings');
    expect(accepts({ enum: Array.from({ length: 5000 }, (_, i) => `a${i}`) }, '"a4999"')).toBe(
      true,
    );
  });
});
