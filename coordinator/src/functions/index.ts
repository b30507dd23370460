export { defineFunctions, type HostFunction, type HostFunctions } from './define-functions.ts';
export type { FunctionArguments, FunctionDescription, FunctionHost } from './function-host.ts';
