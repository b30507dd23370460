export type { JsonShape, ObjectProperty, SchemaGrammar } from './json-shape.ts';
export { parseJsonSchema, SCHEMA_CHARACTERS_MAX } from './parse-json-schema.ts';
