import type { Fault } from '../errors/helium-error.ts';
import { isJsonObject, type JsonObject } from '../json-object.ts';
import { isWholeNumber } from '../whole-number.ts';
import { FORMATS } from './formats.ts';
import {
  type ArrayShape,
  literalText,
  NOTHING,
  type NumberShape,
  type ObjectProperty,
  type ObjectShape,
  type ReadShape,
  type StringShape,
  type WholePattern,
} from './json-shape.ts';
import { readPattern } from './whole-pattern.ts';
import { limitNames } from './written-numbers.ts';

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

const NUMBER = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'];

/** Keywords beside `type` that each type knows. */
const KEYWORDS = {
  object: ['properties', 'required', 'additionalProperties'],
  array: ['items', 'minItems', 'maxItems'],
  string: ['minLength', 'maxLength', 'pattern', 'format'],
  number: NUMBER,
  integer: NUMBER,
  boolean: [],
  null: [],
} as const satisfies Record<string, readonly string[]>;
const TYPES = Object.keys(KEYWORDS).join(', ');

/** Keywords that bring schemas or values of their own, beside the type's. */
const COMBINATIONS = ['$ref', 'anyOf', 'oneOf', 'allOf', 'enum', 'const'];

const DEPTH_MAX = 32;
const COUNT_MAX = 10_000;
const MULTIPLE_MAX = 1000;

/** Reads the shapes of one schema document and collects faults, each at its JSON pointer. */
export class SchemaReader {
  readonly faults: Fault[] = [];
  readonly #document: unknown;

  constructor(document: unknown) {
    this.#document = document;
  }

  /** What `$ref` may name: by pointer. */
  definitions(): readonly (readonly [string, unknown])[] {
    const document = isJsonObject(this.#document) ? this.#document : {};
    return ['$defs', 'definitions'].flatMap((list) => {
      const named = document[list];
      if (named === undefined) return [];
      if (!isJsonObject(named)) this.#fault(`#/${list}`, 'must be an object');
      return Object.entries(isJsonObject(named) ? named : {}).map(
        ([name, schema]) => [`#/${list}/${name}`, schema] as const,
      );
    });
  }

  /** All that a schema says holds together. */
  read(schema: unknown, at: string, depth: number): ReadShape {
    if (!isJsonObject(schema)) return this.#fault(at, 'must be a schema with a type');
    if (depth > DEPTH_MAX) return this.#fault(at, `is nested deeper than ${DEPTH_MAX}`);
    const keywords = Object.keys(schema).filter((keyword) => !ANNOTATIONS.has(keyword));
    const own = keywords.filter((keyword) => !COMBINATIONS.includes(keyword));
    const parts = this.#readCombinations(schema, at, depth);
    const isListed = 'enum' in schema || 'const' in schema;
    // The types of listed values were looked at.
    const isSaid = parts.length > 0 && own.every((each) => each === 'type' && isListed);
    if (!isSaid) parts.unshift(this.#readTypes(schema, own, at, depth));
    return parts.length === 1 ? parts[0]! : { kind: 'all', of: parts, at };
  }

  #readCombinations(schema: JsonObject, at: string, depth: number): ReadShape[] {
    const parts: ReadShape[] = [];
    if ('$ref' in schema) parts.push(this.#readReference(schema.$ref, at));
    if ('enum' in schema || 'const' in schema) parts.push(this.#readLiterals(schema, at));
    for (const [keyword, kind] of [
      ['anyOf', 'any'],
      ['oneOf', 'one'],
      ['allOf', 'all'],
    ] as const) {
      if (!(keyword in schema)) continue;
      const of = this.#readList(schema[keyword], `${at}/${keyword}`, depth);
      parts.push({ kind, of, at: `${at}/${keyword}` });
    }
    return parts;
  }

  #readList(list: unknown, at: string, depth: number): readonly ReadShape[] {
    if (Array.isArray(list) && list.length > 0) {
      return list.map((each, i) => this.read(each, `${at}/${i}`, depth + 1));
    }
    return [this.#fault(at, 'must be a list of schemas')];
  }

  #readReference(name: unknown, at: string): ReadShape {
    const isKnown = name === '#' || this.definitions().some(([known]) => known === name);
    if (isKnown) return { kind: 'ref', name: String(name) };
    return this.#fault(at, `$ref ${JSON.stringify(name)} is not "#" or a definition in "$defs"`);
  }

  #readLiterals(schema: JsonObject, at: string): ReadShape {
    const listed: unknown = 'enum' in schema ? schema.enum : [schema.const];
    if (!Array.isArray(listed) || listed.length === 0) {
      return this.#fault(at, 'enum must be a list of values');
    }
    if (isDeeper([listed, schema.const], DEPTH_MAX)) {
      return this.#fault(at, `a value of enum or const is nested deeper than ${DEPTH_MAX}`);
    }
    const isConst = (value: unknown) =>
      !('const' in schema) || literalText(value) === literalText(schema.const);
    const values = listed.filter((each) => isConst(each) && hasType(each, schema.type));
    if (values.length === 0) return this.#fault(at, 'no value of enum or const has the type');
    return { kind: 'literals', texts: [...new Set(values.map(literalText))] };
  }

  #readTypes(schema: JsonObject, own: readonly string[], at: string, depth: number): ReadShape {
    const { type } = schema;
    if (type === undefined) return this.#readUntyped(schema, own, at, depth);
    if (!Array.isArray(type)) {
      this.#refuseOthers(own, ['type', ...keywordsOf(type)], at);
      return this.#readType(type, schema, at, depth);
    }
    if (type.length === 0) return this.#fault(at, 'type is an empty list');
    this.#refuseOthers(own, ['type', ...type.flatMap(keywordsOf)], at);
    const of = type.map((each) => this.#readType(each, schema, at, depth));
    return { kind: 'any', of };
  }

  /** What the keywords of a type say goes for values of that type, and says nothing of others. */
  #readUntyped(schema: JsonObject, own: readonly string[], at: string, depth: number): ReadShape {
    this.#refuseOthers(own, Object.values(KEYWORDS).flat(), at);
    const has = (type: string) => own.some((keyword) => keywordsOf(type).includes(keyword));
    return {
      kind: 'untyped',
      at,
      ...(has('object') ? { object: this.#readObject(schema, at, depth) } : {}),
      ...(has('array') ? { array: this.#readArray(schema, at, depth) } : {}),
      ...(has('string') ? { string: this.#readString(schema, at) } : {}),
      ...(has('number') ? { number: this.#readNumber(schema, false, at) } : {}),
    };
  }

  #readType(type: unknown, schema: JsonObject, at: string, depth: number): ReadShape {
    switch (type) {
      case 'object':
        return this.#readObject(schema, at, depth);
      case 'array':
        return this.#readArray(schema, at, depth);
      case 'string':
        return this.#readString(schema, at);
      case 'boolean':
        return { kind: 'literals', texts: ['true', 'false'] };
      case 'null':
        return { kind: 'literals', texts: ['null'] };
      case 'number':
      case 'integer':
        return this.#readNumber(schema, type === 'integer', at);
      default:
        return this.#fault(at, `type is ${JSON.stringify(type)}, takes ${TYPES}`);
    }
  }

  #readObject(schema: JsonObject, at: string, depth: number): ObjectShape<ReadShape> {
    const { properties = {}, required = [], additionalProperties = true } = schema;
    if (!isJsonObject(properties)) this.#fault(at, 'properties must be an object');
    if (typeof additionalProperties !== 'boolean') {
      this.#fault(
        at,
        'additionalProperties must be true or false: a schema there is not supported',
      );
    }
    if (!Array.isArray(required)) this.#fault(at, 'required must be a list of names');
    const names = Array.isArray(required) ? required.map(String) : [];
    const named = isJsonObject(properties) ? properties : {};
    const read = Object.entries(named).map(
      ([name, each]): ObjectProperty<ReadShape> => ({
        name,
        shape: this.read(each, `${at}/properties/${name}`, depth + 1),
        isRequired: names.includes(name),
      }),
    );
    const alsoRequired = names.filter((name) => !Object.hasOwn(named, name));
    const isOpen = additionalProperties !== false;
    return { kind: 'object', properties: read, alsoRequired, isOpen, at };
  }

  #readArray(schema: JsonObject, at: string, depth: number): ArrayShape<ReadShape> {
    const place = `${at}/items`;
    const items: ReadShape =
      schema.items === undefined
        ? { kind: 'untyped', at: place }
        : this.read(schema.items, place, depth + 1);
    return { kind: 'array', items, ...this.#readCounts(schema, ['minItems', 'maxItems'], at) };
  }

  #readString(schema: JsonObject, at: string): StringShape {
    const { pattern, format } = schema;
    const patterns: WholePattern[] = [];
    if (pattern !== undefined) {
      try {
        if (typeof pattern !== 'string') throw new Error('it is no text');
        patterns.push(readPattern(pattern));
      } catch (cause) {
        const { message } = cause as Error;
        this.#fault(at, `pattern ${JSON.stringify(pattern)} is not supported: ${message}`);
      }
    }
    if (format !== undefined) {
      const known = Object.hasOwn(FORMATS, String(format)) ? FORMATS[String(format)] : undefined;
      if (known !== undefined) patterns.push(known);
      else {
        const formats = Object.keys(FORMATS).join(', ');
        this.#fault(at, `format ${JSON.stringify(format)} is not supported, takes ${formats}`);
      }
    }
    const counts = this.#readCounts(schema, ['minLength', 'maxLength'], at);
    return { kind: 'string', ...counts, patterns };
  }

  #readNumber(schema: JsonObject, isInteger: boolean, at: string): NumberShape {
    const read = (keyword: string, fallback: number): number => {
      const value = keyword in schema ? schema[keyword] : fallback;
      if (typeof value === 'number') return value;
      this.#fault(at, `${keyword} is ${JSON.stringify(value)}, takes a number`);
      return fallback;
    };
    const [lowest, above] = [read('minimum', -Infinity), read('exclusiveMinimum', -Infinity)];
    const [highest, below] = [read('maximum', Infinity), read('exclusiveMaximum', Infinity)];
    const multipleOf = read('multipleOf', 1);
    if (!isWholeNumber(multipleOf, 1, MULTIPLE_MAX)) {
      this.#fault(
        at,
        `multipleOf is ${multipleOf}, supported are whole numbers from 1 to ${MULTIPLE_MAX}`,
      );
    }
    const shape: NumberShape = {
      kind: 'number',
      // Multiples of a whole number are whole.
      isInteger: isInteger || 'multipleOf' in schema,
      min: Math.max(lowest, above),
      isMinExcluded: above >= lowest && above > -Infinity,
      max: Math.min(highest, below),
      isMaxExcluded: below <= highest && below < Infinity,
      multipleOf,
      at,
    };
    const [low, high] = limitNames(shape);
    if (shape.min > shape.max) {
      this.#fault(at, `${low} is ${shape.min}, above ${high}, which is ${shape.max}`);
    }
    return shape;
  }

  #readCounts(schema: JsonObject, [least, most]: readonly [string, string], at: string) {
    const read = (keyword: string, fallback: number): number => {
      if (!(keyword in schema)) return fallback;
      const value = schema[keyword];
      if (isWholeNumber(value, 0, COUNT_MAX)) return value;
      this.#fault(at, `${keyword} is ${shown(value)}, takes 0 to ${COUNT_MAX}`);
      return fallback;
    };
    const range = { min: read(least, 0), max: read(most, Number.POSITIVE_INFINITY) };
    if (range.min > range.max) {
      this.#fault(at, `${least} is ${range.min}, above ${most}, which is ${range.max}`);
    }
    return range;
  }

  #refuseOthers(keywords: readonly string[], known: readonly string[], at: string): void {
    for (const keyword of keywords.filter((each) => !known.includes(each))) {
      this.#fault(at, `keyword "${keyword}" is not supported here`);
    }
  }

  #fault(field: string, message: string): ReadShape {
    this.faults.push({ field, message });
    return NOTHING;
  }
}

/** JSON has numbers that are infinite as a double, and no way to write them so. */
function shown(value: unknown): string {
  return value === Infinity ? 'more than a number holds' : JSON.stringify(value);
}

/** Whether a value holds others so deeply. */
function isDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth < 0 || Object.values(value).some((each) => isDeeper(each, depth - 1));
}

function keywordsOf(type: unknown): readonly string[] {
  const name = String(type);
  return Object.hasOwn(KEYWORDS, name) ? KEYWORDS[name as keyof typeof KEYWORDS] : [];
}

function hasType(value: unknown, type: unknown): boolean {
  if (type === undefined) return true;
  if (Array.isArray(type)) return type.some((each) => hasType(value, each));
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'object') return isJsonObject(value);
  // The schema's names of the others are JavaScript's.
  const own: string = typeof value;
  return own === type;
}
