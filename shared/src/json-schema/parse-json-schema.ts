import type { Fault } from '../errors/helium-error.ts';
import { findEndlessReference } from './endless-reference.ts';
import type { JsonShape, SchemaGrammar } from './json-shape.ts';
import { SchemaReader } from './schema-reader.ts';

/** UTF-16 units of a schema at most. */
export const SCHEMA_CHARACTERS_MAX = 65_536;

/**
 * Reads a JSON Schema (a subset of draft 2020-12). Texts that keep to it are compact in one way: `, ` and
 * `: ` between things, properties in the order of the schema, none but those it names, numbers of at
 * most 15 digits before and after the point. What this cannot keep to is a fault with its place and the keyword's
 * name; nothing is passed over but annotations. All faults at once. O(characters).
 */
export function parseJsonSchema(
  text: string,
): { readonly grammar: SchemaGrammar } | { readonly faults: readonly Fault[] } {
  if (text.length > SCHEMA_CHARACTERS_MAX) {
    const message = `has ${text.length} characters, takes up to ${SCHEMA_CHARACTERS_MAX}`;
    return { faults: [{ field: '#', message }] };
  }
  let schema: unknown;
  try {
    schema = JSON.parse(text);
  } catch (cause) {
    return { faults: [{ field: '#', message: `is not JSON: ${(cause as Error).message}` }] };
  }
  const reader = new SchemaReader(schema);
  const definitions = new Map<string, JsonShape>();
  const root = reader.read(schema, '#', 0);
  definitions.set('#', root);
  for (const [name, definition] of reader.definitions()) {
    definitions.set(name, reader.read(definition, name, 0));
  }
  const grammar = { root, definitions };
  const faults = reader.faults.length > 0 ? reader.faults : findEndlessReference(grammar);
  return faults.length > 0 ? { faults } : { grammar };
}
