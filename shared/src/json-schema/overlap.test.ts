import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReadShape } from './json-shape.ts';
import { holdsValue, Looks, mayHold } from './overlap.ts';

const VALUES: readonly unknown[] = [
  ...[null, true, false, 0, 1, 2.5, -3, '', 'a', 'abc', '😀'],
  ...[[], [0], ['a', 'abc'], [[]], {}, { a: 0 }, { a: 'a', b: 1 }, { b: 1, a: 'a' }, { b: null }],
];
const at = '#';
const limits = fc.tuple(fc.nat(3), fc.nat(3)).map((pair) => pair.toSorted((a, b) => a - b));

const shapes = (named: readonly string[]) =>
  fc.letrec<{ any: ReadShape }>((tie) => {
    const some = fc.array(tie('any'), { minLength: 1, maxLength: 3 });
    const property = fc.record({ shape: tie('any'), isRequired: fc.boolean() });
    const leaves: fc.Arbitrary<ReadShape>[] = [
      fc
        .subarray([...VALUES], { minLength: 1, maxLength: 4 })
        .map((of) => ({ kind: 'literals', texts: of.map((value) => JSON.stringify(value)) })),
      limits.map(([min = 0, max = 0]) => ({ kind: 'string', min, max, patterns: [] })),
      fc.tuple(limits, fc.boolean()).map(([[min = 0, max = 0], isInteger]) => ({
        ...{ kind: 'number', isInteger, min, max, multipleOf: 1, at },
        ...{ isMinExcluded: false, isMaxExcluded: false },
      })),
      ...named.map((name) => fc.constant({ kind: 'ref', name } as const)),
    ];
    const inner: fc.Arbitrary<ReadShape>[] = [
      fc
        .tuple(tie('any'), limits)
        .map(([items, [min = 0, max = 0]]) => ({ kind: 'array', items, min, max, at })),
      fc
        .tuple(
          property,
          property,
          fc.subarray(['a', 'b', 'c']),
          fc.boolean(),
          fc.subarray(['a', 'b']),
        )
        .map(([a, b, alsoRequired, open, names]) => {
          const own = { a, b };
          const properties = names.map((name) => ({ name, ...own[name as 'a' | 'b'] }));
          return { kind: 'object', properties, alsoRequired, isOpen: open, at };
        }),
      some.map((of) => ({ kind: 'any', of })),
      some.map((of) => ({ kind: 'all', of, at })),
      some.map((of) => ({ kind: 'one', of, at })),
    ];
    return {
      any: fc.oneof({ depthSize: 'small', withCrossShrink: true }, ...leaves, ...inner),
    };
  }).any;

const definition = shapes([]);
const definitions = fc
  .record({ d: definition, e: definition })
  .map((of) => new Map(Object.entries(of)));

/** As JSON Schema says it. */
function allows(shape: ReadShape, value: unknown, named: ReadonlyMap<string, ReadShape>): boolean {
  const is = (each: ReadShape, own = value) => allows(each, own, named);
  switch (shape.kind) {
    case 'literals':
      return shape.texts.some((text) => isDeepStrictEqual(JSON.parse(text), value));
    case 'string':
      return (
        typeof value === 'string' &&
        [...value].length >= shape.min &&
        [...value].length <= shape.max
      );
    case 'number':
      return (
        typeof value === 'number' &&
        value >= shape.min &&
        value <= shape.max &&
        (!shape.isInteger || Number.isInteger(value))
      );
    case 'array':
      return (
        Array.isArray(value) &&
        value.length >= shape.min &&
        value.length <= shape.max &&
        value.every((own) => is(shape.items, own))
      );
    case 'object': {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
      const own = new Map(Object.entries(value));
      const names = shape.properties.map(({ name }) => name);
      return (
        shape.alsoRequired.every((name) => own.has(name)) &&
        (shape.isOpen || [...own.keys()].every((name) => names.includes(name))) &&
        shape.properties.every((p) =>
          own.has(p.name) ? is(p.shape, own.get(p.name)) : !p.isRequired,
        )
      );
    }
    case 'ref':
      return is(named.get(shape.name)!);
    case 'any':
      return shape.of.some((each) => is(each));
    case 'all':
      return shape.of.every((each) => is(each));
    case 'one':
      return shape.of.filter((each) => is(each)).length === 1;
    default:
      throw new Error(`no ${shape.kind} is made here`);
  }
}

describe('whether a value holds for a shape', () => {
  it('is what JSON Schema says', () => {
    fc.assert(
      fc.property(shapes(['d', 'e']), definitions, (shape, named) => {
        for (const value of VALUES) {
          expect(holdsValue(shape, value, new Looks(named))).toBe(allows(shape, value, named));
        }
      }),
      { numRuns: 300 },
    );
  });
});

function namesIn(shape: ReadShape): readonly string[] {
  if (shape.kind === 'object') return shape.properties.map(({ name }) => name);
  return 'of' in shape ? shape.of.flatMap(namesIn) : [];
}

/** Whether it may be written for the shape: it holds, and has no properties but the named ones. */
function isWritten(shape: ReadShape, value: unknown): boolean {
  if (!allows(shape, value, new Map())) return false;
  if (shape.kind === 'any' || shape.kind === 'one') {
    return shape.of.some((each) => isWritten(each, value));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return true;
  if (shape.kind === 'literals') return true;
  const names = namesIn(shape);
  return Object.keys(value).every((name) => names.includes(name));
}

describe('whether what is written for one shape may hold for another', () => {
  it('is so wherever a value holds for both', () => {
    let refused = 0;
    const written = shapes([]);
    fc.assert(
      fc.property(written, shapes(['d', 'e']), definitions, (a, b, named) => {
        const isShared = VALUES.some((value) => isWritten(a, value) && allows(b, value, named));
        const may = mayHold(a, b, new Looks(named));
        if (!may) refused++;
        if (isShared) expect(may).toBe(true);
      }),
      { numRuns: 4000 },
    );
    expect(refused).toBeGreaterThan(400);
  });

  it('counts the properties of all that holds together', () => {
    const object = (...names: string[]): ReadShape => ({
      ...{ kind: 'object', alsoRequired: [], isOpen: true, at },
      properties: names.map((name) => {
        return { name, shape: { kind: 'literals', texts: ['1'] }, isRequired: true };
      }),
    });
    const both: ReadShape = { kind: 'all', of: [object('a'), object('b')], at };
    expect(mayHold(both, object('a', 'b'), new Looks(new Map()))).toBe(true);
    expect(mayHold(object('a'), object('a', 'b'), new Looks(new Map()))).toBe(false);
  });
});
