import type { Block } from './block.ts';
import type { EvictionPolicy } from './eviction-policy.ts';

/**
 * Evictable blocks, the next to go first: a binary heap in which every block knows its place, so
 * that any of them can be moved or taken out. O(log n) each.
 */
export class EvictionQueue {
  readonly #heap: Block[] = [];
  readonly #policy: EvictionPolicy;

  constructor(policy: EvictionPolicy) {
    this.#policy = policy;
  }

  get size(): number {
    return this.#heap.length;
  }

  first(): Block | undefined {
    return this.#heap[0];
  }

  add(block: Block): void {
    block.queuePlace = this.#heap.length;
    this.#heap.push(block);
    this.#rise(block);
  }

  delete(block: Block): void {
    const place = block.queuePlace;
    const last = this.#heap.pop();
    block.queuePlace = -1;
    if (last === undefined || last === block) return;
    this.#put(last, place);
    this.moved(last);
  }

  /** Restores the order after the block's nextUse or lastUse changed. */
  moved(block: Block): void {
    this.#rise(block);
    this.#sink(block);
  }

  #rise(block: Block): void {
    let place = block.queuePlace;
    while (place > 0) {
      const parent = this.#heap[(place - 1) >> 1]!;
      if (!this.#policy.isBefore(block, parent)) break;
      const above = parent.queuePlace;
      this.#put(parent, place);
      place = above;
    }
    this.#put(block, place);
  }

  #sink(block: Block): void {
    let place = block.queuePlace;
    while (true) {
      const left = this.#heap[2 * place + 1];
      const right = this.#heap[2 * place + 2];
      const child = left && right && this.#policy.isBefore(right, left) ? right : left;
      if (child === undefined || !this.#policy.isBefore(child, block)) break;
      const below = child.queuePlace;
      this.#put(child, place);
      place = below;
    }
    this.#put(block, place);
  }

  #put(block: Block, place: number): void {
    this.#heap[place] = block;
    block.queuePlace = place;
  }
}
