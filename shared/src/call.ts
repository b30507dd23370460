import type { ErrorCode } from './errors/codes.ts';
import type { CallId } from './ids.ts';
import type { Sampling } from './sampling.ts';

export type Role = 'system' | 'user' | 'assistant';

/** A chat message whose text is final: no placeholder is left in it. */
export interface ChatMessage {
  readonly role: Role;
  readonly content: string;
}

/** What a worker is asked to run: one LLM call with its whole prompt. */
export interface Call {
  readonly id: CallId;
  readonly messages: readonly ChatMessage[];
  readonly sampling: Sampling;
  /** Output tokens at most; ≥ 1. */
  readonly maxTokens: number;
  /** Generation ends before the first of these; it is not part of the text. */
  readonly stop: readonly string[];
  /** Any of these tokens ends the generation as the model's own end tokens do; none by default. */
  readonly stopTokens?: readonly number[];
  /** JSON Schema, as JSON text, that the text keeps to; none by default. */
  readonly outputSchema?: string;
  /** Alternatives told with each token's log probability, 0 to 20; absent: no log probabilities. */
  readonly logprobs?: number;
  /** False for naive runs: neither reuses nor leaves any KV. */
  readonly reusePrefix: boolean;
  /** Isolates tenants in the KV cache: hashed in front of the first block. */
  readonly cacheSalt: string;
  /** Place in the worker's schedule: smaller starts earlier. Also the clock of `nextUse`. */
  readonly order: number;
  /** Whether token deltas are wanted. */
  readonly streamDeltas: boolean;
  /** W3C traceparent, where the run is traced. */
  readonly traceparent?: string;
}

export type FinishReason = 'stop' | 'length' | 'cancelled' | 'error';

/** Measured by the worker. Tokens are counts; times are milliseconds of the worker's steady clock. */
export interface CallUsage {
  readonly promptTokens: number;
  /** Prompt tokens the engine computed for this call. */
  readonly prefilledTokens: number;
  /** Prompt tokens found resident; promptTokens = prefilledTokens + reusedTokens. */
  readonly reusedTokens: number;
  readonly outputTokens: number;
  readonly queueMs: number;
  readonly prefillMs: number;
  readonly decodeMs: number;
}

/** Of a call that did not run. */
export const NO_USAGE: CallUsage = {
  promptTokens: 0,
  prefilledTokens: 0,
  reusedTokens: 0,
  outputTokens: 0,
  queueMs: 0,
  prefillMs: 0,
  decodeMs: 0,
};

export interface CallResult {
  readonly id: CallId;
  readonly text: string;
  readonly finish: FinishReason;
  readonly usage: CallUsage;
  /** One per output token, where the call asked for them; stop tokens and strings included. */
  readonly logprobs?: readonly TokenLogprob[];
  /** Present when finish is 'error'. */
  readonly error?: { readonly code: ErrorCode; readonly message: string };
}

/** A token and its log probability in the model's own distribution, before anything is cut or penalized. */
export interface TokenChance {
  readonly token: number;
  /** The token alone; bytes that are no whole character are U+FFFD. */
  readonly text: string;
  /** Natural logarithm, at most 0. */
  readonly logprob: number;
}

/** A generated token, and the likeliest at its place, likeliest first. */
export interface TokenLogprob extends TokenChance {
  readonly top: readonly TokenChance[];
}

/** New text of a running call, in order. `offset` is the length in UTF-16 units of the text before it. */
export interface CallDelta {
  readonly id: CallId;
  readonly offset: number;
  readonly text: string;
  readonly tokens: number;
}
