import type { ResidencyEvent, ResidencySnapshot, SequenceBlockHash } from '@helium/shared';
import type { BlockIndex } from '../batching/step-executor.ts';

/**
 * The worker's sole truth about residency: a radix tree of KV blocks over chained hashes, with
 * reference counts, pins and next uses. Pure and synchronous; only its methods change it. Every
 * change is in `takeEvents()` in the order it happened.
 */
export interface Residency {
  /** How many of these blocks, from the first, are resident. Changes nothing. O(blocks). */
  match(hashes: readonly SequenceBlockHash[]): number;
  /** The longest resident prefix of these block hashes; takes a reference on every block of it. */
  acquire(hashes: readonly SequenceBlockHash[]): PrefixHandle;
  /**
   * Makes room for the block after the handle's last one, evicting if it must, and gives its
   * number, or undefined when everything else is referenced or pinned. The block counts as resident
   * from `commit` on. If another sequence committed the same hash meanwhile, commit keeps the older
   * one. With `neededAt` (an order) it evicts only what is used later than that. O(log blocks).
   */
  reserve(neededAt?: number): BlockIndex | undefined;
  commit(handle: PrefixHandle, hash: SequenceBlockHash, block: BlockIndex): void;
  /** Gives a reserved block back unused: the executor never saw it. */
  abandon(block: BlockIndex): void;
  release(handle: PrefixHandle): void;
  /**
   * A pinned prefix is never evicted; blocks of it that come later are pinned from then on. Pinning
   * it twice is pinning it once. Pins beyond the budget are refused (returns false, and is
   * counted).
   */
  pin(hashes: readonly SequenceBlockHash[]): boolean;
  unpin(hashes: readonly SequenceBlockHash[]): void;
  /**
   * A hint: the order (call.order) of the block's next scheduled use; Infinity for none. The first
   * call of that order or a later one uses it up.
   */
  setNextUse(hash: SequenceBlockHash, order: number): void;
  /** A queued call of this order will use these blocks. A block's next use is the least it has. */
  expectUse(hashes: readonly SequenceBlockHash[], order: number): void;
  /** That call runs now, or never will. */
  endUse(hashes: readonly SequenceBlockHash[], order: number, used: boolean): void;
  /**
   * Private tokens of running sequences count against the same memory. False: does not fit now.
   * `neededAt` as in `reserve`.
   */
  reservePrivate(tokens: number, neededAt?: number): boolean;
  /**
   * Private tokens, up to `kvTokensAlone` with the pinned blocks; nothing may be reserved or referenced. While
   * they are more than `kvTokens` nothing else can be reserved. False: does not fit.
   */
  reserveAlone(tokens: number): boolean;
  releasePrivate(tokens: number): void;
  /** Blocks freed since the last call, for the executor to forget. */
  takeReleasedBlocks(): BlockIndex[];
  takeEvents(): ResidencyEvent[];
  snapshot(): Omit<ResidencySnapshot, 'sequence'>;
  readonly counters: ResidencyCounters;
  /** Tokens that could be reserved now: free ones and those of evictable blocks. O(1). */
  readonly roomTokens: number;
  /** Throws INVARIANT_BROKEN when the structure contradicts itself; for tests and idle time. */
  checkIntegrity(): void;
}

export interface PrefixHandle {
  /** From the root outwards. Grows by `commit`. */
  readonly blocks: readonly BlockIndex[];
  readonly hashes: readonly SequenceBlockHash[];
}

/** Blocks are resident ones, except where said otherwise. */
export interface ResidencyCounters {
  readonly residentBlocks: number;
  /** Reserved and not yet committed. */
  readonly reservedBlocks: number;
  readonly referencedBlocks: number;
  readonly pinnedBlocks: number;
  readonly privateTokens: number;
  readonly evictedBlocks: number;
  readonly pinsRefused: number;
}

export interface ResidencyOptions {
  /** Block numbers: 0 to blocks - 1. */
  readonly blocks: number;
  readonly blockTokens: number;
  /** Blocks that may be pinned, resident or not. */
  readonly pinBudgetBlocks: number;
  /** Tokens of blocks and private parts together. */
  readonly kvTokens: number;
  /** The same while nothing but one sequence runs; default: kvTokens. */
  readonly kvTokensAlone?: number;
}
