/**
 * What a JSON Schema allows, as far as Helium keeps to it: every text of a shape is valid JSON that
 * validates; not every valid instance is a text of it (see `parseJsonSchema`).
 */
export type JsonShape =
  | ScalarShape
  | ObjectShape<JsonShape>
  | ArrayShape<JsonShape>
  | AnyShape<JsonShape>;

export type ScalarShape =
  | LiteralsShape
  | StringShape
  | NumberShape
  /** The definition of this name. */
  | { readonly kind: 'ref'; readonly name: string };

/** A shape as it is read: what must hold together is not put together yet. */
export type ReadShape =
  | ScalarShape
  | ObjectShape<ReadShape>
  | ArrayShape<ReadShape>
  | AnyShape<ReadShape>
  | { readonly kind: 'all'; readonly of: readonly ReadShape[]; readonly at: string }
  /** Exactly one holds. */
  | { readonly kind: 'one'; readonly of: readonly ReadShape[]; readonly at: string }
  | UntypedShape;

/** What a value must be if it is of one of these types; values of other types hold. */
export interface UntypedShape {
  readonly kind: 'untyped';
  readonly object?: ObjectShape<ReadShape>;
  readonly array?: ArrayShape<ReadShape>;
  readonly string?: StringShape;
  readonly number?: NumberShape;
  readonly at: string;
}

/** One of these JSON texts; of none, nothing is allowed. */
export interface LiteralsShape {
  readonly kind: 'literals';
  readonly texts: readonly string[];
}

/** `min` to `max` Unicode characters; Infinity where there is no limit. All of `patterns` hold. */
export interface StringShape {
  readonly kind: 'string';
  readonly min: number;
  readonly max: number;
  readonly patterns: readonly WholePattern[];
}

/** What whole strings look like. */
export interface WholePattern {
  /** A JavaScript regular expression with flag `u`, regular in the strict sense: no assertions, no back references. */
  readonly source: string;
}

/** Least and greatest value (without a limit: infinite), which may be left out themselves. */
export interface NumberShape {
  readonly kind: 'number';
  readonly isInteger: boolean;
  readonly min: number;
  readonly max: number;
  readonly isMinExcluded: boolean;
  readonly isMaxExcluded: boolean;
  /** Whole; 1 where there is none. */
  readonly multipleOf: number;
  readonly at: string;
}

/** Parts of composites are of kind `S`. */
export interface ObjectShape<S = JsonShape> {
  readonly kind: 'object';
  /** Written in this order. */
  readonly properties: readonly ObjectProperty<S>[];
  /** Required names that `properties` has not: another schema that holds too may have them. */
  readonly alsoRequired: readonly string[];
  /** Valid objects may have properties that are not named; none is ever written. */
  readonly isOpen: boolean;
  readonly at: string;
}

/** A property of an object; properties are written in their order. */
export interface ObjectProperty<S = JsonShape> {
  readonly name: string;
  readonly shape: S;
  readonly isRequired: boolean;
}

export interface ArrayShape<S = JsonShape> {
  readonly kind: 'array';
  readonly items: S;
  readonly min: number;
  readonly max: number;
}

/** One of these at least. */
export interface AnyShape<S = JsonShape> {
  readonly kind: 'any';
  readonly of: readonly S[];
}

/** A whole schema. The definition `#` is the root. */
export interface SchemaGrammar {
  readonly root: JsonShape;
  readonly definitions: ReadonlyMap<string, JsonShape>;
}

/** Allows nothing. */
export const NOTHING: LiteralsShape = { kind: 'literals', texts: [] };

export function isNothing(shape: { readonly kind: string }): boolean {
  return shape.kind === 'literals' && (shape as LiteralsShape).texts.length === 0;
}

/** JSON text of a value, spaced as generated texts are: `{"a": [1, 2]}`. */
export function literalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literalText).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value);
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}: ${literalText(each)}`).join(', ')}}`;
}
