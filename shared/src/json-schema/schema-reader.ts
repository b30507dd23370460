import type { Fault } from '../errors/helium-error.ts';
import { type JsonShape, literalText, type ObjectProperty } from './json-shape.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Say nothing about instances. */
const ANNOTATIONS = new Set([
  '$schema',
  '$id',
  '$comment',
  '$defs',
  'definitions',
  'title',
  'description',
  'default',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
]);

/** Keywords beside `type` that each type knows. */
const KEYWORDS: Readonly<Record<string, readonly string[]>> = {
  object: ['properties', 'required', 'additionalProperties'],
  array: ['items', 'minItems', 'maxItems'],
  string: ['minLength', 'maxLength'],
  number: [],
  integer: [],
  boolean: [],
  null: [],
};

const DEPTH_MAX = 32;
const COUNT_MAX = 10_000;
/** Stands for what has a fault. */
const NOTHING: JsonShape = { kind: 'literals', texts: [] };

/** Reads the shapes of one schema document and collects faults, each at its JSON pointer. */
export class SchemaReader {
  readonly faults: Fault[] = [];
  readonly #document: unknown;

  constructor(document: unknown) {
    this.#document = document;
  }

  /** What `$ref` may name: by pointer. */
  definitions(): readonly (readonly [string, unknown])[] {
    const document = isFields(this.#document) ? this.#document : {};
    return ['$defs', 'definitions'].flatMap((list) => {
      const named = document[list];
      if (named === undefined) return [];
      if (!isFields(named)) this.#fault(`#/${list}`, 'must be an object');
      return Object.entries(isFields(named) ? named : {}).map(
        ([name, schema]) => [`#/${list}/${name}`, schema] as const,
      );
    });
  }

  read(schema: unknown, at: string, depth: number): JsonShape {
    if (!isFields(schema)) return this.#fault(at, 'must be a schema with a type');
    if (depth > DEPTH_MAX) return this.#fault(at, `is nested deeper than ${DEPTH_MAX}`);
    const keywords = Object.keys(schema).filter((keyword) => !ANNOTATIONS.has(keyword));
    if ('$ref' in schema) return this.#readReference(schema, keywords, at);
    if ('anyOf' in schema) return this.#readAnyOf(schema, keywords, at, depth);
    if ('enum' in schema || 'const' in schema) return this.#readLiterals(schema, keywords, at);
    const { type } = schema;
    if (!Array.isArray(type)) return this.#readType(type, schema, keywords, at, depth);
    if (type.length === 0) return this.#fault(at, 'type is an empty list');
    const known = type.flatMap((each) => KEYWORDS[String(each)] ?? []);
    this.#refuseOthers(keywords, ['type', ...known], at);
    const of = type.map((each) => this.#readType(each, schema, [], at, depth));
    return { kind: 'any', of };
  }

  #readReference(schema: Fields, keywords: readonly string[], at: string): JsonShape {
    this.#refuseOthers(keywords, ['$ref'], at);
    const name = schema.$ref;
    const isKnown = name === '#' || this.definitions().some(([known]) => known === name);
    if (isKnown) return { kind: 'ref', name: String(name) };
    return this.#fault(at, `$ref ${JSON.stringify(name)} is not "#" or a definition in "$defs"`);
  }

  #readAnyOf(schema: Fields, keywords: readonly string[], at: string, depth: number): JsonShape {
    this.#refuseOthers(keywords, ['anyOf'], at);
    const { anyOf } = schema;
    if (!Array.isArray(anyOf) || anyOf.length === 0) {
      return this.#fault(at, 'anyOf must be a list of schemas');
    }
    const of = anyOf.map((each, i) => this.read(each, `${at}/anyOf/${i}`, depth + 1));
    return { kind: 'any', of };
  }

  #readLiterals(schema: Fields, keywords: readonly string[], at: string): JsonShape {
    this.#refuseOthers(keywords, ['type', 'enum', 'const'], at);
    const listed: unknown = schema.enum ?? [schema.const];
    if (!Array.isArray(listed) || listed.length === 0) {
      return this.#fault(at, 'enum must be a list of values');
    }
    const isConst = (value: unknown) =>
      !('const' in schema) || literalText(value) === literalText(schema.const);
    const values = listed.filter((each) => isConst(each) && hasType(each, schema.type));
    if (values.length === 0) return this.#fault(at, 'no value of enum or const has the type');
    return { kind: 'literals', texts: [...new Set(values.map(literalText))] };
  }

  #readType(
    type: unknown,
    schema: Fields,
    keywords: readonly string[],
    at: string,
    depth: number,
  ): JsonShape {
    const own = KEYWORDS[String(type)];
    if (own === undefined) {
      const found = type === undefined ? 'has none' : `has ${JSON.stringify(type)}`;
      const types = Object.keys(KEYWORDS).join(', ');
      this.#refuseOthers(keywords, ['type'], at);
      return this.#fault(
        at,
        `needs one of $ref, anyOf, enum, const, or a type of ${types}; ${found}`,
      );
    }
    this.#refuseOthers(keywords, ['type', ...own], at);
    switch (type) {
      case 'object':
        return this.#readObject(schema, at, depth);
      case 'array':
        return this.#readArray(schema, at, depth);
      case 'string':
        return { kind: 'string', ...this.#readRange(schema, ['minLength', 'maxLength'], at) };
      case 'boolean':
        return { kind: 'literals', texts: ['true', 'false'] };
      case 'null':
        return { kind: 'literals', texts: ['null'] };
      default:
        return { kind: 'number', isInteger: type === 'integer' };
    }
  }

  #readObject(schema: Fields, at: string, depth: number): JsonShape {
    const { properties = {}, required = [], additionalProperties = true } = schema;
    if (!isFields(properties)) return this.#fault(at, 'properties must be an object');
    if (typeof additionalProperties !== 'boolean') {
      this.#fault(
        at,
        'additionalProperties must be true or false: a schema there is not supported',
      );
    }
    if (!Array.isArray(required)) return this.#fault(at, 'required must be a list of names');
    for (const name of required) {
      if (Object.hasOwn(properties, String(name))) continue;
      this.#fault(at, `required names ${JSON.stringify(name)}, which properties has not`);
    }
    const read = Object.entries(properties).map(
      ([name, each]): ObjectProperty => ({
        name,
        shape: this.read(each, `${at}/properties/${name}`, depth + 1),
        isRequired: required.includes(name),
      }),
    );
    return { kind: 'object', properties: read };
  }

  #readArray(schema: Fields, at: string, depth: number): JsonShape {
    const items = this.read(schema.items, `${at}/items`, depth + 1);
    return { kind: 'array', items, ...this.#readRange(schema, ['minItems', 'maxItems'], at) };
  }

  #readRange(schema: Fields, [least, most]: readonly [string, string], at: string) {
    const read = (keyword: string, fallback: number): number => {
      const value = schema[keyword] ?? fallback;
      if (value === Number.POSITIVE_INFINITY) return fallback;
      const isCount = Number.isSafeInteger(value) && Number(value) >= 0;
      if (isCount && Number(value) <= COUNT_MAX) return Number(value);
      this.#fault(at, `${keyword} is ${JSON.stringify(value)}, takes 0 to ${COUNT_MAX}`);
      return fallback;
    };
    const range = { min: read(least, 0), max: read(most, Number.POSITIVE_INFINITY) };
    if (range.min > range.max) this.#fault(at, `${least} is above ${most}`);
    return range;
  }

  #refuseOthers(keywords: readonly string[], known: readonly string[], at: string): void {
    for (const keyword of keywords.filter((each) => !known.includes(each))) {
      this.#fault(at, `keyword "${keyword}" is not supported here`);
    }
  }

  #fault(field: string, message: string): JsonShape {
    this.faults.push({ field, message });
    return NOTHING;
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasType(value: unknown, type: unknown): boolean {
  if (type === undefined) return true;
  if (Array.isArray(type)) return type.some((each) => hasType(value, each));
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'object') return isFields(value);
  // The schema's names of the others are JavaScript's.
  const own: string = typeof value;
  return own === type;
}
