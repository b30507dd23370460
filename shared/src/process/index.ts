export { firstInputLine } from './first-input-line.ts';
export { keepCompiledCode } from './keep-compiled-code.ts';
export { stopRequested } from './stop-requested.ts';
