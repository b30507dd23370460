import type {
  Call,
  CallDelta,
  CallId,
  CallResult,
  PrefixDirective,
  ResidencyEvent,
  ResidencySnapshot,
} from '@helium/shared';

import type { DraftCount } from '../batching/index.ts';

/**
 * The narrow boundary between a worker and whatever computes tokens. Calls go in; tokens, results,
 * residency changes and measured steps come out, in the order they happened. Two shapes exist: an
 * engine that lets `batching/` and `kv/` own its steps and blocks (BatchEngine over a StepExecutor:
 * onnx, sim), and one that batches by itself and reports (vllm). Callers cannot tell them apart.
 */
export interface Engine {
  readonly description: EngineDescription;
  /**
   * Takes a call into the queue; answers later by exactly one `finished` event. Never throws for a
   * bad call. `produced`: the call goes on after these tokens, which an engine that is gone had made of it (see
   * `stepped`); its text and deltas begin with them.
   */
  submit(call: Call, produced?: readonly number[]): void;
  /**
   * The call ends with finish 'cancelled' after at most one step, unless it has finished already; with
   * `unlessBegun` only while it waits: one that runs goes on.
   */
  cancel(id: CallId, unlessBegun?: boolean): void;
  direct(directive: PrefixDirective): void;
  /** Its `sequence` counts the residency events emitted before it, from the engine's start. */
  snapshot(): Promise<ResidencySnapshot>;
  /** Subscribed once, before the first submit. */
  onEvent(listener: (event: EngineEvent) => void): void;
  /** Runs what was submitted to its end, takes nothing new. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

export interface EngineDescription {
  readonly engine: 'onnx' | 'vllm' | 'sim';
  readonly device: string;
  readonly contextTokens: number;
  readonly kvTokens: number;
  readonly blockTokens: number;
  readonly maxBatch: number;
}

export type EngineEvent =
  | { readonly kind: 'delta'; readonly delta: CallDelta }
  | { readonly kind: 'finished'; readonly result: CallResult }
  | { readonly kind: 'residency'; readonly event: ResidencyEvent }
  | {
      readonly kind: 'stepped';
      readonly step: StepMeasurement;
      readonly load: EngineLoad;
      /** The tokens each call got that goes on. */
      readonly tokens: ReadonlyMap<CallId, readonly number[]>;
      readonly drafts?: DraftCount;
    }
  /** A prefetch directive ended: how many of its tokens are resident now. */
  | {
      readonly kind: 'prefetched';
      readonly residentTokens: number;
      readonly computedTokens: number;
    }
  /**
   * The engine cannot go on; every running call has been finished with an error before this. `isFinal`: one
   * that is started again could not either.
   */
  | { readonly kind: 'failed'; readonly message: string; readonly isFinal?: boolean };

/** One engine step as it was measured: what planning learns the cost model's constants from. */
export interface StepMeasurement {
  readonly prefillTokens: number;
  /** Decoding calls, each as often as it got tokens. */
  readonly decodeCalls: number;
  /** Context tokens of the decoding calls, their new tokens included, summed. */
  readonly contextTokens: number;
  readonly ms: number;
}

/** How full the engine is, for heartbeats. */
export interface EngineLoad {
  readonly runningCalls: number;
  readonly queuedCalls: number;
  /** Of KV memory: blocks and private parts. */
  readonly kvTokensUsed: number;
}

/** Of an engine that has not stepped yet. */
export const NO_LOAD: EngineLoad = { runningCalls: 0, queuedCalls: 0, kvTokensUsed: 0 };
