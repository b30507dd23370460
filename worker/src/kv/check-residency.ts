import { invariant, type SequenceBlockHash } from '@helium/shared';
import type { BlockIndex } from '../batching/step-executor.ts';
import { type Block, isEvictable } from './block.ts';
import type { ResidencyCounters, ResidencyOptions } from './residency.ts';

/** The insides of a residency, laid open for the check. */
export interface ResidencyInsides {
  readonly options: ResidencyOptions;
  readonly blocks: readonly Block[];
  readonly free: readonly BlockIndex[];
  readonly reserved: ReadonlySet<BlockIndex>;
  readonly queued: number;
  readonly handles: number;
  readonly counters: ResidencyCounters;
  readonly held: number;
  readonly isAlone: boolean;
  isPinned(hash: SequenceBlockHash): boolean;
  nextUse(hash: SequenceBlockHash): number;
}

/** Counts everything again. Throws INVARIANT_BROKEN on the first contradiction. O(blocks). */
export function checkResidency(insides: ResidencyInsides): void {
  checkNumbers(insides);
  checkMemory(insides);
  checkTree(insides);
  checkCounters(insides);
}

function checkNumbers({ options, blocks, free, reserved }: ResidencyInsides): void {
  const numbers = [...blocks.map((b) => b.index), ...free, ...reserved];
  const once = new Set(numbers).size === numbers.length && numbers.length === options.blocks;
  invariant(once, `${numbers.length} block numbers in use or free, ${options.blocks} exist`);
}

function checkMemory(insides: ResidencyInsides): void {
  const { options, blocks, reserved, counters, isAlone } = insides;
  const used = counters.privateTokens + (blocks.length + reserved.size) * options.blockTokens;
  const limit = (isAlone ? options.kvTokensAlone : undefined) ?? options.kvTokens;
  invariant(used <= limit, `${used} KV tokens in use, the limit is ${limit}`);
}

function checkTree({ blocks, isPinned, nextUse }: ResidencyInsides): void {
  const children = new Map<Block, number>();
  const seen = new Set<Block>();
  for (const block of blocks) {
    const { parent, hash } = block;
    invariant(parent === undefined || seen.has(parent), `block ${hash} precedes its parent`);
    seen.add(block);
    if (parent !== undefined) children.set(parent, (children.get(parent) ?? 0) + 1);
    const held = block.references > 0 || block.pinned;
    const parentHeld = parent === undefined || parent.references > 0 || parent.pinned;
    invariant(!held || parentHeld, `block ${hash} is held and its parent is not`);
    invariant(block.pinned === isPinned(hash), `block ${hash} has a wrong pin`);
    invariant(block.nextUse === nextUse(hash), `block ${hash} has a wrong next use`);
    invariant(block.queuePlace >= 0 === isEvictable(block), `block ${hash} is queued wrongly`);
  }
  for (const block of blocks) {
    const count = children.get(block) ?? 0;
    invariant(
      block.children === count,
      `block ${block.hash} has ${count} children, not as counted`,
    );
  }
}

function checkCounters(insides: ResidencyInsides): void {
  const { blocks, counters, held, queued, handles } = insides;
  const count = (test: (block: Block) => boolean) => blocks.filter(test).length;
  const referenced = count((b) => b.references > 0);
  invariant(counters.referencedBlocks === referenced, `${referenced} blocks are referenced`);
  invariant(handles > 0 || referenced === 0, 'blocks are referenced and no handle is out');
  const pinned = count((b) => b.pinned);
  invariant(counters.pinnedBlocks === pinned, `${pinned} blocks are pinned`);
  const holding = count((b) => b.references > 0 || b.pinned);
  invariant(held === holding, `${holding} blocks are held, ${held} counted`);
  const evictable = count(isEvictable);
  invariant(queued === evictable, `${evictable} blocks are evictable, ${queued} queued`);
}
