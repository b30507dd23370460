import type { MessagePort } from 'node:worker_threads';
import {
  type Call,
  type CallId,
  type ErrorCode,
  type Fault,
  HeliumError,
  type PrefixDirective,
  type ResidencySnapshot,
} from '@helium/shared';
import type { EngineDescription, EngineEvent } from './engine.ts';
import type { ServedModel } from './engine-config.ts';
import type { ThreadRequest } from './sibling-thread.ts';

/** To the engine's thread. `request` numbers what is answered. */
export type EngineRequest =
  | {
      readonly kind: 'submit';
      readonly call: Call;
      readonly produced: readonly number[] | undefined;
    }
  | { readonly kind: 'cancel'; readonly id: CallId; readonly unlessBegun: boolean }
  | { readonly kind: 'direct'; readonly directive: PrefixDirective }
  | { readonly kind: 'snapshot' | 'drain' | 'close'; readonly request: number };

/** From the engine's thread, in the order things happened there. */
export type EngineReply =
  /** What will be served, once. */
  | { readonly kind: 'identified'; readonly served: ServedModel }
  /** After `identified`. */
  | { readonly kind: 'ready'; readonly description: EngineDescription }
  /** The engine could not be built; nothing follows. */
  | { readonly kind: 'refused'; readonly error: PlainError }
  | { readonly kind: 'notice'; readonly message: string }
  /** A thread beside the engine's is wanted; its port comes by transfer. */
  | { readonly kind: 'thread'; readonly request: ThreadRequest }
  /** Files are to be read for the engine that starts; the port comes by transfer. */
  | { readonly kind: 'files'; readonly port: MessagePort }
  | { readonly kind: 'events'; readonly events: readonly EngineEvent[] }
  | { readonly kind: 'answer'; readonly request: number; readonly snapshot?: ResidencySnapshot };

/** A HeliumError between threads. */
export interface PlainError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly faults: readonly Fault[];
  readonly details: Readonly<Record<string, string | number>>;
}

export function toPlainError(thrown: unknown): PlainError {
  const { code, message, faults, details } = HeliumError.from(thrown);
  return { code, message, faults, details };
}

export function fromPlainError({ code, message, faults, details }: PlainError): HeliumError {
  return new HeliumError(code, message, { faults, details });
}
