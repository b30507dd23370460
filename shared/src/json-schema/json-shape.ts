/**
 * What a JSON Schema allows, as far as Helium keeps to it: every text of a shape is valid JSON that
 * validates; not every valid instance is a text of it (see `parseJsonSchema`).
 */
export type JsonShape =
  /** One of these JSON texts. */
  | { readonly kind: 'literals'; readonly texts: readonly string[] }
  /** `min` to `max` Unicode characters; Infinity where there is no limit. */
  | { readonly kind: 'string'; readonly min: number; readonly max: number }
  | { readonly kind: 'number'; readonly isInteger: boolean }
  | { readonly kind: 'object'; readonly properties: readonly ObjectProperty[] }
  | {
      readonly kind: 'array';
      readonly items: JsonShape;
      readonly min: number;
      readonly max: number;
    }
  | { readonly kind: 'any'; readonly of: readonly JsonShape[] }
  /** The definition of this name. */
  | { readonly kind: 'ref'; readonly name: string };

/** A property of an object; properties are written in their order. */
export interface ObjectProperty {
  readonly name: string;
  readonly shape: JsonShape;
  readonly isRequired: boolean;
}

/** A whole schema. The definition `#` is the root. */
export interface SchemaGrammar {
  readonly root: JsonShape;
  readonly definitions: ReadonlyMap<string, JsonShape>;
}

/** JSON text of a value, spaced as generated texts are: `{"a": [1, 2]}`. */
export function literalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literalText).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value);
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}: ${literalText(each)}`).join(', ')}}`;
}
