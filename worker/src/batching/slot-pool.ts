import type { SequenceSlot } from './step-executor.ts';

/**
 * Slot numbers 0 to count - 1, the smallest free one first. O(count) at worst, for small counts.
 */
export class SlotPool {
  readonly #taken: boolean[];
  #free: number;
  #released: SequenceSlot[] = [];

  constructor(count: number) {
    this.#taken = Array.from({ length: count }, () => false);
    this.#free = count;
  }

  get hasFree(): boolean {
    return this.#free > 0;
  }

  /** The slot that is taken next; only when one is free. */
  first(): SequenceSlot {
    return this.#taken.indexOf(false);
  }

  take(slot: SequenceSlot): void {
    this.#taken[slot] = true;
    this.#free--;
  }

  release(slot: SequenceSlot): void {
    this.#taken[slot] = false;
    this.#free++;
    this.#released.push(slot);
  }

  /** Slots released since the last call, for the executor to forget; some may be taken again. */
  takeReleased(): SequenceSlot[] {
    const released = this.#released;
    this.#released = [];
    return released;
  }
}
