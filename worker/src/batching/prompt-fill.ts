import type { SequenceBlockHash } from '@helium/shared';
import type { PrefixHandle } from '../kv/index.ts';
import type { BlockIndex, SequenceSlot } from './step-executor.ts';

/** A prompt that wants into KV: of a call, or of a prefetch. */
export interface FillRequest {
  readonly prompt: Int32Array;
  /** Of its whole blocks; empty where nothing may be reused or stored. */
  readonly hashes: readonly SequenceBlockHash[];
  /** Blocks that may be reused at most: for a call, one prompt token is always computed. */
  readonly reusableBlocks: number;
  /** Prompt and output tokens at most. */
  readonly tokensMax: number;
  /** Of a prefetch, which evicts only what is used later than this; undefined: of a call. */
  readonly neededAt: number | undefined;
}

/** A prompt on its way into KV: what a running call and a running prefetch have in common. */
export interface PromptFill {
  readonly slot: SequenceSlot;
  readonly prompt: Int32Array;
  readonly hashes: readonly SequenceBlockHash[];
  readonly reusedBlocks: number;
  readonly privateTokens: number;
  /** Blocks reserved for storing: the first is the one after the reused blocks. */
  readonly storeAs: readonly BlockIndex[];
  committedBlocks: number;
  /** Prompt tokens whose KV exists, reused ones included. */
  filledTokens: number;
  /** The reused and the stored blocks; gone once they need not stay. */
  handle: PrefixHandle | undefined;
}
