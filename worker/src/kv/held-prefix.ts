import { invariant, type SequenceBlockHash } from '@helium/shared';
import type { BlockIndex } from '../batching/step-executor.ts';
import type { Block } from './block.ts';
import type { PrefixHandle } from './residency.ts';

/**
 * A handle as the residency keeps it: proof that each block of the chain has one reference for it.
 */
export class HeldPrefix implements PrefixHandle {
  readonly chain: Block[] = [];
  readonly blocks: BlockIndex[] = [];
  readonly hashes: SequenceBlockHash[] = [];
  released = false;

  append(block: Block): void {
    this.chain.push(block);
    this.blocks.push(block.index);
    this.hashes.push(block.hash);
  }
}

/**
 * The handle as its own residency made it. Throws INVARIANT_BROKEN for a foreign or released one.
 */
export function requireHeld(handle: PrefixHandle): HeldPrefix {
  invariant(handle instanceof HeldPrefix, 'this handle was not made by a residency');
  invariant(!handle.released, 'this handle was released before');
  return handle;
}
