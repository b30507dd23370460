import { createPrng } from '@helium/shared';
import { createTokenizer } from '@helium/shared/tokenizer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AllowedTokens } from '../../batching/step-executor.ts';
import { createSimVocabulary } from '../sim/sim-tokenizer-spec.ts';
import { type Schema, schemas, validates } from './random-schema.fixture.ts';
import { SchemaConstraints } from './schema-constraints.ts';

const tokenizer = createTokenizer(createSimVocabulary().spec);
const constraints = new SchemaConstraints(tokenizer);
const [endToken] = tokenizer.endTokenIds;

const open = (schema: Schema) => constraints.open(JSON.stringify(schema));

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

  it.each([
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
    expect(() => open({ type: 'string', pattern: 'a+' })).toThrow(
      'the output schema: # keyword "pattern" is not supported here',
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
