import type { ResidencyEvent, ResidencySnapshot, SequenceBlockHash } from '@helium/shared';
import type { BlockIndex } from '../batching/step-executor.ts';

/**
 * The worker's sole truth about residency: a radix tree of KV blocks over chained hashes, with
 * reference counts, pins and next uses. Pure and synchronous; only its methods change it. Every change
 * is in `takeEvents()` in the order it happened.
 */
export interface Residency {
  /** The longest resident prefix of these block hashes; takes a reference on every block of it. */
  acquire(hashes: readonly SequenceBlockHash[]): PrefixHandle;
  /**
   * Makes room for the block after the handle's last one, evicting if it must, and gives its number, or
   * undefined when everything else is referenced or pinned. The block counts as resident from
   * `commit` on. If another sequence committed the same hash meanwhile, commit keeps the older one.
   */
  reserve(): BlockIndex | undefined;
  commit(handle: PrefixHandle, hash: SequenceBlockHash, block: BlockIndex): void;
  /** Gives a reserved block back unused. */
  abandon(block: BlockIndex): void;
  release(handle: PrefixHandle): void;
  /** A pinned prefix is never evicted; pins beyond the budget are refused (returns false). */
  pin(hashes: readonly SequenceBlockHash[]): boolean;
  unpin(hashes: readonly SequenceBlockHash[]): void;
  /** The order (call.order) of the block's next scheduled use; Infinity for none. */
  setNextUse(hash: SequenceBlockHash, order: number): void;
  /** Private tokens of running sequences count against the same memory. False: does not fit now. */
  reservePrivate(tokens: number): boolean;
  releasePrivate(tokens: number): void;
  /** Blocks freed since the last call, for the executor to forget. */
  takeReleasedBlocks(): BlockIndex[];
  takeEvents(): ResidencyEvent[];
  snapshot(): Omit<ResidencySnapshot, 'sequence'>;
  readonly counters: ResidencyCounters;
  /** Throws INVARIANT_BROKEN when the structure contradicts itself; for tests and idle time. */
  checkIntegrity(): void;
}

export interface PrefixHandle {
  /** From the root outwards. Grows by `commit`. */
  readonly blocks: readonly BlockIndex[];
  readonly hashes: readonly SequenceBlockHash[];
}

export interface ResidencyCounters {
  readonly residentBlocks: number;
  readonly referencedBlocks: number;
  readonly pinnedBlocks: number;
  readonly privateTokens: number;
  readonly evictedBlocks: number;
}
