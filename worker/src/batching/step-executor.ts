import type { HeliumError, Sampling } from '@helium/shared';

/**
 * What actually computes a step: onnx on real weights, sim in modelled time. The planner in this
 * room decides everything (which sequences, which blocks); the executor owns only tensors and time.
 * A sequence is the executor's state for one running call: its private KV and its sampler.
 */
export interface StepExecutor {
  readonly limits: ExecutorLimits;
  /** Settles when all that steps need is there; rejects where it cannot be had. Default: it is there. */
  readonly opened?: Promise<void> | undefined;
  /**
   * Runs the plan's parts in order: releases, begins, then prefills, then the decode of the whole
   * batch.
   */
  step(plan: StepPlan): Promise<StepOutput>;
  /**
   * A few milliseconds of what will be of use to later steps, while there is no step to run. False when there is no
   * more of it. Default: there is none.
   */
  prepareMore?(): boolean;
  close(): Promise<void>;
}

export interface ExecutorLimits {
  readonly engine: 'onnx' | 'sim';
  readonly device: string;
  readonly contextTokens: number;
  /** Tokens of a block of KV: prefixes are stored and reused by whole blocks of an absolute grid. */
  readonly blockTokens: number;
  /** Prompt tokens computed in one pass: whole blocks. */
  readonly chunkTokens: number;
  /** Of a prompt's last pass, so that no small rest needs one of its own; no less than chunkTokens. */
  readonly chunkTokensMax: number;
  /** KV tokens (blocks and private parts together) that fit. */
  readonly kvTokens: number;
  /**
   * KV tokens of a sequence that nothing runs beside, with pinned blocks: kvTokens, or more where memory serves
   * it that is for other purposes else. Default: kvTokens.
   */
  readonly kvTokensAlone?: number;
  /** Sequences that decode together at most. */
  readonly maxBatch: number;
  /** Prefill tokens of one step at most while others decode, and while none does. */
  readonly prefillTokensBusy: number;
  readonly prefillTokensIdle: number;
  /**
   * Full prefill steps in a row that decoding calls sit out at most, if nobody watches their tokens come: what
   * arrives together then decodes together.
   */
  readonly heldStepsMax: number;
  /** Tokens of one step that are computed ahead of any call: one that comes waits for so many. */
  readonly prefetchTokens: number;
}

/** A running sequence's slot number, reused after release. */
export type SequenceSlot = number;
/** A KV block's number in the pool, reused after release. */
export type BlockIndex = number;

export interface StepPlan {
  /** Sequences that ended since the last step: their private KV may go. */
  readonly releaseSequences: readonly SequenceSlot[];
  /** Blocks evicted since the last step. */
  readonly releaseBlocks: readonly BlockIndex[];
  readonly begin: readonly SequenceBegin[];
  readonly prefills: readonly PrefillChunk[];
  /** Each appends the token sampled before and yields the next, and perhaps some after it. */
  readonly decode: readonly SequenceSlot[];
}

/** A call starts: `blocks` hold its reused prefix, exactly blocks.length * blockTokens tokens. */
export interface SequenceBegin {
  readonly slot: SequenceSlot;
  readonly blocks: readonly BlockIndex[];
  readonly sampling: Sampling;
  /** Prompt and output tokens together at most: the private KV's final size. */
  readonly tokensMax: number;
  /** The whole prompt, where it is known: for penalties, and for drafts. */
  readonly prompt?: Int32Array;
  /** What its tokens keep to; the caller tells it which were taken, behind the step that gives them. */
  readonly constraint?: TokenConstraint;
  /** Log probabilities are wanted, with so many alternatives for each token. */
  readonly logprobs?: number;
}

/**
 * One chunk of one prompt: tokens [start, start + tokens.length) of it, start on the grid of blocks, the
 * end there too or the prompt's end. Chunks of a sequence come in order. How a prompt is cut into
 * chunks must not change what it yields.
 */
export interface PrefillChunk {
  readonly slot: SequenceSlot;
  readonly start: number;
  readonly tokens: Int32Array;
  /** The blocks to keep the chunk's KV in for others: its whole blocks from the start, or fewer. */
  readonly storeAs: readonly BlockIndex[];
  /** Whether the chunk ends the prompt, so that the first output token is sampled. */
  readonly last: boolean;
}

export interface StepOutput {
  /** The token sampled for each sequence that ended its prompt or decoded in this step. */
  readonly tokens: ReadonlyMap<SequenceSlot, number>;
  /** Tokens that a decoding sequence got after it in the same step, those it would have got in the next ones. */
  readonly further?: ReadonlyMap<SequenceSlot, readonly SampledToken[]>;
  readonly drafts?: DraftCount;
  /** Of these tokens, where the sequence wants it. */
  readonly logprobs?: ReadonlyMap<SequenceSlot, SampledLogprob>;
  /**
   * Sequences that have no token because theirs alone cannot be computed, and why; they are released
   * next. A step that cannot be computed at all is thrown.
   */
  readonly failures?: ReadonlyMap<SequenceSlot, HeliumError>;
  /**
   * Sequences that were to decode and have no token, because memory for it is short: they are asked for again.
   * Never all of a step's.
   */
  readonly deferred?: ReadonlySet<SequenceSlot>;
  /** Time of the step, in the executor's own time. */
  readonly ms: number;
}

/** Draft tokens that a step computed along, and those of them that its sequences chose. */
export interface DraftCount {
  readonly drafted: number;
  readonly accepted: number;
}

/** A token chosen, with its log probability where that is wanted. */
export interface SampledToken {
  readonly token: number;
  readonly logprob?: SampledLogprob;
}

/** Natural logarithms of probabilities in the model's own distribution over its whole vocabulary. */
export interface SampledLogprob {
  readonly logprob: number;
  /** Likeliest first. */
  readonly top: readonly { readonly token: number; readonly logprob: number }[];
}

/** What one sequence's text must keep to, as it comes. */
export interface TokenConstraint {
  /** The text is whole, and nothing may follow. */
  readonly isComplete: boolean;
  /** Tokens that may come next, end tokens among them where the text may end; undefined: all of them. */
  allowed(): AllowedTokens | undefined;
  /** The text goes on with a token of these; false, and nothing changes, for one that ends it. */
  push(token: number): boolean;
  /**
   * Tokens of the text that must come next, as a tokenizer would cut it: likely, but others may have the same text.
   * None where there is a choice.
   */
  forced(): readonly number[];
  /** One that goes its own way from here. */
  fork(): TokenConstraint;
}

/** A set of token ids, of which only what is asked is found out. Throws where a schema is refused late. */
export interface AllowedTokens {
  /** O(bytes of the token). */
  has(token: number): boolean;
  /**
   * All of them, ascending, if they are at most so many and soon found, else undefined; at least one. Throws
   * ENGINE_FAILED where the vocabulary has none. O(what is looked at until there are too many).
   */
  few(limit: number): readonly number[] | undefined;
}
