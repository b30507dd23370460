import type { Fault } from '@helium/shared';
import type { ArgumentRules } from '../plan/function-arguments.ts';
import type { FunctionArguments } from './function-host.ts';

/** What the thread is started with. */
export interface ThreadData {
  /** file: URLs of the modules, in the order of precedence in which duplicates are told. */
  readonly modules: readonly string[];
  /** Bytes of UTF-8 of a result at most. */
  readonly outputBytesMax: number;
}

/** To the thread. */
export interface CallMessage {
  readonly id: number;
  readonly name: string;
  readonly args: FunctionArguments;
}

/**
 * From the thread: first `ready` or `refused`, once; then per call `started`, and `done` or
 * `failed`.
 */
export type ThreadMessage =
  | { readonly kind: 'ready'; readonly functions: readonly LoadedFunction[] }
  | { readonly kind: 'refused'; readonly faults: readonly Fault[] }
  | { readonly kind: 'started'; readonly id: number }
  | { readonly kind: 'done'; readonly id: number; readonly text: string }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string };

export interface LoadedFunction {
  readonly name: string;
  readonly description: string;
  readonly pure: boolean;
  readonly args?: ArgumentRules;
  /** Position in ThreadData.modules. */
  readonly module: number;
}
