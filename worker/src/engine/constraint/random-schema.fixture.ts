import fc from 'fast-check';

export type Schema = Readonly<Record<string, unknown>>;

const names = fc.constantFrom('a', 'b', 'long name', 'é"\\');
const literals = fc.constantFrom<unknown>('x', 'x"y', 1, -2.5, true, null, [1, 'z'], { k: null });

/** Schemas of all that is supported, a few levels deep, with a recursive definition. */
export const schemas: fc.Arbitrary<Schema> = fc
  .letrec<{ schema: Schema }>((tie) => ({
    schema: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      fc.constantFrom<Schema>(
        { type: 'string' },
        { type: 'integer' },
        { type: 'number' },
        { type: 'boolean' },
        { type: ['null', 'integer'] },
      ),
      fc.uniqueArray(literals, { minLength: 1, maxLength: 3 }).map((list) => ({ enum: list })),
      fc
        .tuple(fc.nat(2), fc.nat(3))
        .map(([min, more]) => ({ type: 'string', minLength: min, maxLength: min + more })),
      fc
        .uniqueArray(fc.tuple(names, tie('schema'), fc.boolean()), {
          maxLength: 3,
          selector: ([name]) => name,
        })
        .map((list) => ({
          type: 'object',
          properties: Object.fromEntries(list.map(([name, schema]) => [name, schema])),
          required: list.filter(([, , isRequired]) => isRequired).map(([name]) => name),
          additionalProperties: false,
        })),
      fc
        .tuple(tie('schema'), fc.nat(2), fc.option(fc.nat(2), { nil: undefined }))
        .map(([items, min, more]) => ({
          type: 'array',
          items,
          minItems: min,
          ...(more === undefined ? {} : { maxItems: min + more }),
        })),
      fc.array(tie('schema'), { minLength: 1, maxLength: 2 }).map((anyOf) => ({ anyOf })),
      fc.constant({ $ref: '#/$defs/tree' }),
    ),
  }))
  .schema.map((schema) => ({ ...schema, $defs: { tree: TREE } }));

const TREE = {
  type: 'object',
  properties: {
    value: { type: 'integer' },
    children: { type: 'array', items: { $ref: '#/$defs/tree' } },
  },
  required: ['value'],
  additionalProperties: false,
};

const patterns = fc.constantFrom(
  '^[a-c]{1,3}$',
  'x|^y',
  '^(?:ab?c*)+$',
  '[^"\\\\]',
  '^\\S{2}',
  '^.$|^$',
);
const limits = fc.constantFrom(-1000, -12.5, -1, 0, 0.125, 1, 7, 99, 100, 12345.5);
const combinedScalars: fc.Arbitrary<Schema> = fc.oneof(
  patterns.map((pattern) => ({ type: 'string', pattern })),
  patterns.map((pattern) => ({ type: 'string', pattern, minLength: 1, maxLength: 4 })),
  fc.constantFrom('date', 'uuid', 'ipv4').map((format) => ({ type: 'string', format })),
  fc
    .tuple(limits, limits, fc.constantFrom('integer', 'number'))
    .map(([minimum, maximum, type]) => ({ type, minimum, maximum })),
  fc
    .tuple(limits, fc.constantFrom('exclusiveMinimum', 'exclusiveMaximum'))
    .map(([limit, keyword]) => ({ type: ['number', 'null'], [keyword]: limit })),
  fc.nat(30).map((n) => ({ type: 'integer', multipleOf: n + 1, minimum: n * 3 })),
  fc.constantFrom<Schema>({ type: 'string' }, { type: 'boolean' }, { enum: ['a', 1, null] }),
);

/** Schemas that must hold together, exclude each other, or have patterns, formats and limits. */
export const combinedSchemas: fc.Arbitrary<Schema> = fc.letrec<{ schema: Schema }>((tie) => {
  const object = fc
    .uniqueArray(fc.tuple(names, tie('schema'), fc.boolean()), {
      maxLength: 3,
      selector: ([name]) => name,
    })
    .chain((list) =>
      fc.boolean().map((additionalProperties) => ({
        type: 'object',
        properties: Object.fromEntries(list.map(([name, schema]) => [name, schema])),
        required: list.filter(([, , isRequired]) => isRequired).map(([name]) => name),
        additionalProperties,
      })),
    );
  const some = fc.array(tie('schema'), { minLength: 1, maxLength: 3 });
  return {
    schema: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      combinedScalars,
      object,
      some.map((anyOf) => ({ anyOf })),
      some.map((allOf) => ({ allOf })),
      some.map((oneOf) => ({ oneOf })),
      fc.tuple(object, some).map(([base, oneOf]) => ({ ...base, oneOf })),
      fc.tuple(tie('schema'), some).map(([base, anyOf]) => ({ allOf: [base, { anyOf }] })),
      fc
        .tuple(object, fc.uniqueArray(names, { minLength: 1, maxLength: 2 }))
        .map(([base, list]) => ({
          ...base,
          anyOf: list.map((name) => ({ required: [name] })),
        })),
      fc
        .tuple(tie('schema'), fc.nat(2))
        .map(([items, minItems]) => ({ type: 'array', items, minItems, maxItems: minItems + 1 })),
    ),
  };
}).schema;

/** Whether an instance validates, keyword by keyword: a second reading of the same specification. */
export function validates(value: unknown, schema: Schema, root: Schema = schema): boolean {
  const {
    $ref,
    anyOf,
    type,
    properties = {},
    required = [],
    items,
  } = schema as {
    readonly $ref?: string;
    readonly anyOf?: readonly Schema[];
    readonly type?: string | readonly string[];
    readonly properties?: Readonly<Record<string, Schema>>;
    readonly required?: readonly string[];
    readonly items?: Schema;
  };
  if ($ref !== undefined) return validates(value, (root.$defs as { tree: Schema }).tree, root);
  if (anyOf !== undefined) return anyOf.some((each) => validates(value, each, root));
  if (schema.enum !== undefined) {
    return (schema.enum as unknown[]).some((e) => JSON.stringify(e) === JSON.stringify(value));
  }
  if (![type].flat().some((each) => typeOf(value).includes(String(each)))) return false;
  if (typeof value === 'string') return isWithin([...value].length, schema, 'Length');
  if (Array.isArray(value)) {
    return (
      isWithin(value.length, schema, 'Items') && value.every((e) => validates(e, items!, root))
    );
  }
  if (typeof value !== 'object' || value === null) return true;
  const entries = Object.entries(value);
  return (
    required.every((name) => Object.hasOwn(value, name)) &&
    entries.every(([name, each]) => {
      const own = properties[name];
      return own !== undefined && validates(each, own, root);
    })
  );
}

function isWithin(count: number, schema: Schema, what: 'Length' | 'Items'): boolean {
  const min = Number(schema[`min${what}`] ?? 0);
  const max = Number(schema[`max${what}`] ?? Number.POSITIVE_INFINITY);
  return count >= min && count <= max;
}

function typeOf(value: unknown): readonly string[] {
  if (value === null) return ['null'];
  if (Array.isArray(value)) return ['array'];
  if (Number.isInteger(value)) return ['integer', 'number'];
  return [typeof value];
}
