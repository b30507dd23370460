export type {
  JsonShape,
  NumberShape,
  ObjectProperty,
  SchemaGrammar,
  StringShape,
} from './json-shape.ts';
export { parseJsonSchema, SCHEMA_CHARACTERS_MAX } from './parse-json-schema.ts';
