export type {
  JsonShape,
  NumberShape,
  ObjectProperty,
  SchemaGrammar,
  StringShape,
} from './json-shape.ts';
export { parseJsonSchema } from './parse-json-schema.ts';
export { NUMBER_DIGITS, POINT_DIGITS } from './written-numbers.ts';
