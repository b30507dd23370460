export { SchemaConstraints } from './schema-constraints.ts';
