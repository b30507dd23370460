/** What a waiting call is sorted by: the schedule's order, then arrival. */
export interface Waiting {
  readonly order: number;
  readonly arrival: number;
}

/**
 * Waiting calls in the order in which they are admitted. O(log n) to find a place, O(n) to move up.
 */
export class WaitingLine<T extends Waiting> implements Iterable<T> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  add(item: T): void {
    this.#items.splice(this.#placeOf(item), 0, item);
  }

  delete(item: T): void {
    const place = this.#placeOf(item);
    if (this.#items[place] === item) this.#items.splice(place, 1);
  }

  /** Over the line as it is now; it may be changed meanwhile. */
  *[Symbol.iterator](): Iterator<T> {
    yield* [...this.#items];
  }

  /** The first place whose item does not come before this one. */
  #placeOf({ order, arrival }: Waiting): number {
    let low = 0;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const item = this.#items[middle]!;
      const isBefore = item.order < order || (item.order === order && item.arrival < arrival);
      if (isBefore) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
