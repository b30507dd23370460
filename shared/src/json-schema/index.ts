export type {
  JsonShape,
  NumberShape,
  ObjectProperty,
  SchemaGrammar,
  StringShape,
} from './json-shape.ts';
export { parseJsonSchema } from './parse-json-schema.ts';
