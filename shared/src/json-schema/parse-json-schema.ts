import type { Fault } from '../errors/helium-error.ts';
import { combineShapes } from './combine-shapes.ts';
import { findEndlessReference } from './endless-reference.ts';
import type { SchemaGrammar } from './json-shape.ts';
import { SchemaReader } from './schema-reader.ts';

/** UTF-16 units of a schema at most. */
const SCHEMA_CHARACTERS_MAX = 65_536;

/**
 * Reads a JSON Schema (a subset of draft 2020-12). Texts that keep to it are compact in one way: `, ` and
 * `: ` between things, properties in the order of the schema, none but those it names, formats in their usual
 * forms, numbers of at most 15 digits before and after the point (with limits: 9 and 6, as `written-numbers.ts` says). What this cannot keep
 * to is a fault with its place and the keyword's name; nothing is passed over but annotations. All faults at
 * once. Bounded work: pairs of schemas are counted, patterns not unrolled.
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
  const read = new Map([['#', reader.read(schema, '#', 0)]]);
  for (const [name, definition] of reader.definitions()) {
    read.set(name, reader.read(definition, name, 0));
  }
  const { definitions, faults } = combineShapes(read);
  const grammar = { root: definitions.get('#')!, definitions };
  const found = [...reader.faults, ...faults];
  const all = found.length > 0 ? found : findEndlessReference(grammar);
  return all.length > 0 ? { faults: all } : { grammar };
}
