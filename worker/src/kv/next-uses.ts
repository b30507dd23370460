import type { SequenceBlockHash } from '@helium/shared';

/**
 * When blocks are used next, by hash, resident or not: orders of queued calls, and at most one hint
 * of the coordinator's schedule each. Hints are kept for `hintsMax` blocks, the newest.
 */
export class NextUses {
  readonly #hintsMax: number;
  readonly #hints = new Map<SequenceBlockHash, number>();
  /** Ascending; equal orders occur as often as they were added. */
  readonly #orders = new Map<SequenceBlockHash, number[]>();

  constructor(hintsMax: number) {
    this.#hintsMax = hintsMax;
  }

  /** Infinity when none is known. */
  of(hash: SequenceBlockHash): number {
    const queued = this.#orders.get(hash)?.[0] ?? Number.POSITIVE_INFINITY;
    return Math.min(queued, this.#hints.get(hash) ?? Number.POSITIVE_INFINITY);
  }

  /** Gives the block whose hint had to go for this one, if any. */
  hint(hash: SequenceBlockHash, order: number): SequenceBlockHash | undefined {
    this.#hints.delete(hash);
    if (order === Number.POSITIVE_INFINITY) return undefined;
    this.#hints.set(hash, order);
    if (this.#hints.size <= this.#hintsMax) return undefined;
    const oldest = this.#hints.keys().next().value as SequenceBlockHash;
    this.#hints.delete(oldest);
    return oldest;
  }

  add(hash: SequenceBlockHash, order: number): void {
    const orders = this.#orders.get(hash);
    if (orders === undefined) this.#orders.set(hash, [order]);
    else orders.splice(upperBound(orders, order), 0, order);
  }

  /** Takes back one `add`; `used` also uses up a hint of that order or an earlier one. */
  end(hash: SequenceBlockHash, order: number, used: boolean): void {
    const orders = this.#orders.get(hash);
    const place = orders === undefined ? -1 : upperBound(orders, order) - 1;
    if (orders !== undefined && orders[place] === order) {
      orders.splice(place, 1);
      if (orders.length === 0) this.#orders.delete(hash);
    }
    if (used && (this.#hints.get(hash) ?? Number.POSITIVE_INFINITY) <= order) {
      this.#hints.delete(hash);
    }
  }
}

/** The first place whose value is greater. */
function upperBound(ascending: readonly number[], value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
