import type { SequenceExecution } from './core-event.ts';
import type { Slot } from './worker-places.ts';

/**
 * Which places of a worker's sequence may start now, for a schedule that is not carried out best effort
 * (`PROBLEM.md`, section 5): `ordered`, only the first that has not started; `barrier`, only those of
 * the first group in which something has not ended.
 */
export class SequenceGate {
  readonly #execution: SequenceExecution;
  readonly #slots: Slot[] = [];
  readonly #started = new Set<number>();
  /** Places that have not ended, by group; calls sent before the schedule was made are group -1. */
  readonly #unfinished = new Map<number, number>();
  #next = 0;
  #group = -1;

  /** `running`: calls that the worker had before. */
  constructor(execution: SequenceExecution, running: number) {
    this.#execution = execution;
    this.#unfinished.set(-1, running);
  }

  /** Further places, behind all others. */
  append(slots: readonly Slot[]): void {
    for (const slot of slots) {
      this.#slots.push(slot);
      const { group } = slot.place;
      this.#unfinished.set(group, (this.#unfinished.get(group) ?? 0) + 1);
    }
  }

  isOpen({ order, place }: Slot): boolean {
    const { ordered, barrier } = this.#execution;
    if (barrier && place.group > this.#openGroup()) return false;
    return !ordered || this.#first()?.order === order;
  }

  /** The place's call was sent, or needs no sending. */
  start({ order }: Slot): void {
    this.#started.add(order);
  }

  /** The call of a place of this group ended. */
  end(group: number): void {
    this.#unfinished.set(group, (this.#unfinished.get(group) ?? 1) - 1);
  }

  #first(): Slot | undefined {
    for (let slot = this.#slots[this.#next]; slot !== undefined; slot = this.#slots[this.#next]) {
      if (!this.#started.has(slot.order)) return slot;
      this.#next += 1;
    }
    return undefined;
  }

  /** The first group that has not ended; a schedule's first does not wait for what ran before it. */
  #openGroup(): number {
    const first = this.#slots[0]?.place.group ?? 0;
    const last = this.#slots.at(-1)?.place.group ?? 0;
    while (this.#group < last && (this.#unfinished.get(this.#group) ?? 0) <= 0) this.#group += 1;
    return Math.max(first, this.#group);
  }
}
