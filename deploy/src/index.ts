export { type Instruction, parseDockerfile, type Stage } from './parse-dockerfile.ts';
export { type BuiltImage, runDockerfile } from './run-dockerfile.ts';
