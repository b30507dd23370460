import type { ArgumentRules } from '../plan/function-arguments.ts';
import type { FunctionArguments } from './function-host.ts';

/** A function for `fn` operators. */
export interface HostFunction {
  /** One sentence for people. */
  readonly description: string;
  /** Same arguments, same text, nothing else done: it may be merged, cached and run again. */
  readonly pure: boolean;
  /**
   * What it takes, by name. Where that is said, other arguments are refused when a run is created and nothing else
   * reaches `run`; default: whatever it is given.
   */
  readonly args?: ArgumentRules;
  run(args: FunctionArguments): string | Promise<string>;
}

/** Functions by name (`^[a-z][a-z0-9_.-]*$`), which a module exports as `functions`. */
export type HostFunctions = Readonly<Record<string, HostFunction>>;

/** Gives a module's `functions` their types: `export const functions = defineFunctions({ … })`. */
export function defineFunctions<F extends HostFunctions>(functions: F): F {
  return functions;
}
