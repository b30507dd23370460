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
