import type { ArgumentRules } from '../plan/function-arguments.ts';

/** The functions that `fn` operators call by name, as the coordinator sees them. */
export interface FunctionHost {
  /** By name, ascending. */
  describe(): ReadonlyMap<string, FunctionDescription>;
  /**
   * Calls a function away from the caller's thread. Rejects with FUNCTION_UNKNOWN, or with
   * FUNCTION_FAILED when it throws, yields something other than a text, or passes a limit.
   */
  run(name: string, args: FunctionArguments): Promise<string>;
  /** Ends the thread; calls in flight are rejected with FUNCTION_FAILED. */
  close(): Promise<void>;
}

export type FunctionArguments = Readonly<Record<string, string>>;

export interface FunctionDescription {
  /** One sentence for people. */
  readonly description: string;
  /** Same arguments, same text: may be merged, cached and run again. */
  readonly pure: boolean;
  /** What it takes, by name; default: whatever it is given. */
  readonly args?: ArgumentRules;
  /** Hex SHA-256 of the source of the module it comes from: part of cache keys. */
  readonly digest: string;
}
