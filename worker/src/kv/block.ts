import type { SequenceBlockHash } from '@helium/shared';
import type { BlockIndex } from '../batching/step-executor.ts';

/**
 * A resident block: a node of the prefix tree. A held block (referenced or pinned) has held
 * ancestors only, so that what is not held can always be evicted from the leaves inwards.
 */
export interface Block {
  readonly hash: SequenceBlockHash;
  readonly index: BlockIndex;
  readonly parent: Block | undefined;
  children: number;
  references: number;
  pinned: boolean;
  /** Logical time of the last release. */
  lastUse: number;
  /** Order of the next use known; Infinity for none. */
  nextUse: number;
  /** Place in the eviction queue; -1 outside of it. */
  queuePlace: number;
}

/** Whether a block may be evicted now. */
export function isEvictable(block: Block): boolean {
  return block.children === 0 && block.references === 0 && !block.pinned;
}
