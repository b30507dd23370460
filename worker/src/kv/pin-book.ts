import type { SequenceBlockHash } from '@helium/shared';

/**
 * Which prefixes are pinned. A prefix is named by its last block; a block is pinned as long as any
 * pinned prefix covers it, resident or not.
 */
export class PinBook {
  readonly #budget: number;
  readonly #prefixes = new Set<SequenceBlockHash>();
  readonly #covers = new Map<SequenceBlockHash, number>();

  constructor(budgetBlocks: number) {
    this.#budget = budgetBlocks;
  }

  has(hash: SequenceBlockHash): boolean {
    return this.#covers.has(hash);
  }

  /** The blocks that became pinned by this, or undefined when they exceed the budget. */
  add(prefix: readonly SequenceBlockHash[]): SequenceBlockHash[] | undefined {
    const last = prefix.at(-1);
    if (last === undefined || this.#prefixes.has(last)) return [];
    const fresh = prefix.filter((hash) => !this.#covers.has(hash));
    if (this.#covers.size + fresh.length > this.#budget) return undefined;
    this.#prefixes.add(last);
    for (const hash of prefix) this.#covers.set(hash, (this.#covers.get(hash) ?? 0) + 1);
    return fresh;
  }

  /** The blocks that no pin covers any more. */
  delete(prefix: readonly SequenceBlockHash[]): SequenceBlockHash[] {
    const last = prefix.at(-1);
    if (last === undefined || !this.#prefixes.delete(last)) return [];
    const freed: SequenceBlockHash[] = [];
    for (const hash of prefix) {
      const covers = this.#covers.get(hash)! - 1;
      if (covers > 0) this.#covers.set(hash, covers);
      else if (this.#covers.delete(hash)) freed.push(hash);
    }
    return freed;
  }
}
