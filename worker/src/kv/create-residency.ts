import { invariant, type ResidencyEvent, type SequenceBlockHash } from '@helium/shared';
import type { BlockIndex } from '../batching/step-executor.ts';
import { type Block, isEvictable } from './block.ts';
import { checkResidency } from './check-residency.ts';
import { EventLog } from './event-log.ts';
import { type EvictionPolicy, NEXT_USE } from './eviction-policy.ts';
import { EvictionQueue } from './eviction-queue.ts';
import { HeldPrefix, requireHeld } from './held-prefix.ts';
import { NextUses } from './next-uses.ts';
import { PinBook } from './pin-book.ts';
import type { PrefixHandle, Residency, ResidencyCounters, ResidencyOptions } from './residency.ts';

/** Hints kept for blocks that are not resident, as a multiple of the blocks that can be. */
const HINTS_PER_BLOCK = 4;

/** The residency of one worker, empty. Eviction costs O(log blocks), the rest O(blocks named). */
export function createResidency(options: ResidencyOptions, policy = NEXT_USE): Residency {
  return new PrefixTree(options, policy);
}

/** Hashes are chained, so a map by hash with parent links is the whole tree. */
class PrefixTree implements Residency {
  readonly #options: ResidencyOptions;
  /** In order of storing: parents before children. */
  readonly #blocks = new Map<SequenceBlockHash, Block>();
  readonly #policy: EvictionPolicy;
  readonly #queue: EvictionQueue;
  readonly #uses: NextUses;
  readonly #pins: PinBook;
  readonly #log = new EventLog();
  /** Free block numbers, the next to be given last. */
  readonly #free: BlockIndex[] = [];
  readonly #reserved = new Set<BlockIndex>();
  #released: BlockIndex[] = [];
  #handles = 0;
  #clock = 0;
  #privateTokens = 0;
  /** Whether private tokens may be more than kvTokens. */
  #isAlone = false;
  #referenced = 0;
  #pinned = 0;
  /** Referenced or pinned or both. */
  #held = 0;
  #evicted = 0;
  #pinsRefused = 0;

  constructor(options: ResidencyOptions, policy: EvictionPolicy) {
    this.#options = options;
    this.#policy = policy;
    this.#queue = new EvictionQueue(policy);
    this.#uses = new NextUses(HINTS_PER_BLOCK * options.blocks);
    this.#pins = new PinBook(options.pinBudgetBlocks);
    for (let index = options.blocks - 1; index >= 0; index--) this.#free.push(index);
  }

  get counters(): ResidencyCounters {
    return {
      residentBlocks: this.#blocks.size,
      reservedBlocks: this.#reserved.size,
      referencedBlocks: this.#referenced,
      pinnedBlocks: this.#pinned,
      privateTokens: this.#privateTokens,
      evictedBlocks: this.#evicted,
      pinsRefused: this.#pinsRefused,
    };
  }

  get roomTokens(): number {
    const { kvTokens, blockTokens } = this.#options;
    return kvTokens - this.#privateTokens - (this.#held + this.#reserved.size) * blockTokens;
  }

  match(hashes: readonly SequenceBlockHash[]): number {
    let count = 0;
    while (count < hashes.length && this.#blocks.has(hashes[count]!)) count++;
    return count;
  }

  acquire(hashes: readonly SequenceBlockHash[]): PrefixHandle {
    const handle = new HeldPrefix();
    this.#handles++;
    for (const hash of hashes) {
      const block = this.#blocks.get(hash);
      if (block === undefined) break;
      invariant(block.parent === handle.chain.at(-1), `block ${hash} is on another path`);
      this.#reference(block);
      handle.append(block);
    }
    return handle;
  }

  reserve(neededAt = Number.NEGATIVE_INFINITY): BlockIndex | undefined {
    if (!this.#makeRoom(this.#options.blockTokens, neededAt)) return undefined;
    if (this.#free.length === 0 && !this.#evictFirst(neededAt)) return undefined;
    const index = this.#free.pop()!;
    this.#reserved.add(index);
    return index;
  }

  commit(handle: PrefixHandle, hash: SequenceBlockHash, index: BlockIndex): void {
    const held = requireHeld(handle);
    invariant(this.#reserved.delete(index), `block ${index} was not reserved`);
    const older = this.#blocks.get(hash);
    if (older !== undefined) {
      this.#free.push(index);
      this.#released.push(index);
    }
    const block = older ?? this.#insert(hash, index, held.chain.at(-1));
    invariant(
      block.parent === held.chain.at(-1),
      `block ${hash} does not follow the handle's last`,
    );
    this.#reference(block);
    held.append(block);
  }

  abandon(index: BlockIndex): void {
    invariant(this.#reserved.delete(index), `block ${index} was not reserved`);
    this.#free.push(index);
  }

  release(handle: PrefixHandle): void {
    const held = requireHeld(handle);
    held.released = true;
    this.#handles--;
    for (let i = held.chain.length - 1; i >= 0; i--) {
      const block = held.chain[i]!;
      block.lastUse = ++this.#clock;
      block.references--;
      if (block.references > 0) continue;
      this.#referenced--;
      this.#letGo(block);
    }
  }

  pin(hashes: readonly SequenceBlockHash[]): boolean {
    const fresh = this.#pins.add(hashes);
    if (fresh === undefined) {
      this.#pinsRefused++;
      return false;
    }
    for (const hash of fresh) {
      const block = this.#blocks.get(hash);
      if (block !== undefined) this.#pinBlock(block);
    }
    return true;
  }

  unpin(hashes: readonly SequenceBlockHash[]): void {
    for (const hash of this.#pins.delete(hashes)) {
      const block = this.#blocks.get(hash);
      if (block === undefined) continue;
      block.pinned = false;
      this.#pinned--;
      this.#letGo(block);
    }
  }

  setNextUse(hash: SequenceBlockHash, order: number): void {
    const forgotten = this.#uses.hint(hash, order);
    this.#refreshNextUse(hash);
    if (forgotten !== undefined) this.#refreshNextUse(forgotten);
  }

  expectUse(hashes: readonly SequenceBlockHash[], order: number): void {
    if (!this.#policy.countsCalls) return;
    for (const hash of hashes) {
      this.#uses.add(hash, order);
      this.#refreshNextUse(hash);
    }
  }

  endUse(hashes: readonly SequenceBlockHash[], order: number, used: boolean): void {
    if (!this.#policy.countsCalls) return;
    for (const hash of hashes) {
      this.#uses.end(hash, order, used);
      this.#refreshNextUse(hash);
    }
  }

  reservePrivate(tokens: number, neededAt = Number.NEGATIVE_INFINITY): boolean {
    if (!this.#makeRoom(tokens, neededAt)) return false;
    this.#privateTokens += tokens;
    return true;
  }

  reserveAlone(tokens: number): boolean {
    const { blockTokens, kvTokens, kvTokensAlone = kvTokens } = this.#options;
    const others = this.#privateTokens + this.#reserved.size + this.#referenced;
    invariant(others === 0, 'memory for a sequence alone, and it is not alone');
    if (tokens + this.#pinned * blockTokens > kvTokensAlone) return false;
    const used = () => this.#blocks.size * blockTokens;
    while (used() + tokens > kvTokensAlone) {
      invariant(this.#evictFirst(Number.NEGATIVE_INFINITY), 'blocks that nobody holds stay');
    }
    this.#privateTokens = tokens;
    this.#isAlone = tokens > 0;
    return true;
  }

  releasePrivate(tokens: number): void {
    invariant(
      tokens <= this.#privateTokens,
      `${tokens} private tokens released, fewer are reserved`,
    );
    this.#privateTokens -= tokens;
    if (this.#privateTokens === 0) this.#isAlone = false;
  }

  takeReleasedBlocks(): BlockIndex[] {
    const released = this.#released;
    this.#released = [];
    return released;
  }

  takeEvents(): ResidencyEvent[] {
    return this.#log.take();
  }

  snapshot() {
    const blocks = [...this.#blocks.values()].map(({ hash, parent, pinned }) =>
      parent === undefined ? { hash, pinned } : { hash, parent: parent.hash, pinned },
    );
    return { blocks };
  }

  checkIntegrity(): void {
    checkResidency({
      options: this.#options,
      blocks: [...this.#blocks.values()],
      free: this.#free,
      reserved: this.#reserved,
      queued: this.#queue.size,
      handles: this.#handles,
      counters: this.counters,
      held: this.#held,
      isAlone: this.#isAlone,
      isPinned: (hash) => this.#pins.has(hash),
      nextUse: (hash) => this.#uses.of(hash),
    });
  }

  #insert(hash: SequenceBlockHash, index: BlockIndex, parent: Block | undefined): Block {
    const block: Block = {
      hash,
      index,
      parent,
      children: 0,
      references: 0,
      pinned: false,
      lastUse: ++this.#clock,
      nextUse: this.#uses.of(hash),
      queuePlace: -1,
    };
    this.#blocks.set(hash, block);
    if (parent !== undefined) parent.children++;
    if (this.#pins.has(hash)) this.#pinBlock(block);
    this.#log.stored(hash, parent?.hash);
    return block;
  }

  #reference(block: Block): void {
    if (block.references === 0) {
      this.#referenced++;
      if (!block.pinned) this.#hold(block);
    }
    block.references++;
  }

  #pinBlock(block: Block): void {
    block.pinned = true;
    this.#pinned++;
    if (block.references === 0) this.#hold(block);
  }

  #hold(block: Block): void {
    this.#held++;
    if (block.queuePlace >= 0) this.#queue.delete(block);
  }

  /** After a reference or pin went: the block may have become evictable. */
  #letGo(block: Block): void {
    if (block.references > 0 || block.pinned) return;
    this.#held--;
    if (isEvictable(block)) this.#queue.add(block);
  }

  #refreshNextUse(hash: SequenceBlockHash): void {
    const block = this.#blocks.get(hash);
    if (block === undefined) return;
    block.nextUse = this.#uses.of(hash);
    if (block.queuePlace >= 0) this.#queue.moved(block);
  }

  #makeRoom(tokens: number, neededAt: number): boolean {
    if (tokens > this.roomTokens) return false;
    const { kvTokens, blockTokens } = this.#options;
    const used = () =>
      this.#privateTokens + (this.#blocks.size + this.#reserved.size) * blockTokens;
    while (used() + tokens > kvTokens) if (!this.#evictFirst(neededAt)) return false;
    return true;
  }

  #evictFirst(neededAt: number): boolean {
    const victim = this.#queue.first();
    if (victim === undefined || victim.nextUse <= neededAt) return false;
    this.#queue.delete(victim);
    this.#blocks.delete(victim.hash);
    this.#free.push(victim.index);
    this.#released.push(victim.index);
    this.#log.removed(victim.hash);
    this.#evicted++;
    const parent = victim.parent;
    if (parent === undefined) return true;
    parent.children--;
    if (isEvictable(parent)) this.#queue.add(parent);
    return true;
  }
}
