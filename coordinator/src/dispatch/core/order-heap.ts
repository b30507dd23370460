import { KeyedHeap } from '@helium/shared';

/**
 * A queue of items by a number that each is pushed with, the least first; of equal ones the one pushed first. The
 * heap under it has numbers alone, and these are its own: the same call may wait in one queue at two places, and calls
 * due at one time go in the order in which they became ready, so that neither could be told by a number that a
 * call has.
 */
export class OrderHeap<T> {
  /** Numbers of items, as they were pushed, by order. */
  readonly #heap = new KeyedHeap();
  readonly #items = new Map<number, T>();
  #pushed = 0;

  get size(): number {
    return this.#heap.size;
  }

  push(order: number, item: T): void {
    const number = this.#pushed++;
    this.#items.set(number, item);
    this.#heap.push(order, number);
  }

  peek(): { readonly order: number; readonly item: T } | undefined {
    const [order, number] = [this.#heap.peekKey(), this.#heap.peek()];
    if (order === undefined || number === undefined) return undefined;
    return { order, item: this.#items.get(number)! };
  }

  pop(): { readonly order: number; readonly item: T } | undefined {
    const top = this.peek();
    const number = this.#heap.pop();
    if (number !== undefined) this.#items.delete(number);
    return top;
  }
}
