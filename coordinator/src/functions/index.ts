export { defineFunctions, type HostFunction, type HostFunctions } from './define-functions.ts';
export type { FunctionArguments, FunctionDescription, FunctionHost } from './function-host.ts';
export { loadFunctions } from './load-functions.ts';
export type { HostLimits } from './thread-function-host.ts';
