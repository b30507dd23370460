export { SchemaCompiler, type SchemaCompilerOptions } from './schema-compiler.ts';
export { SchemaConstraints } from './schema-constraints.ts';
