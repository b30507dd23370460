import type { RunId, WorkerId } from '@helium/shared';
import type { MadeSchedule, NodeRef, Place } from './core-event.ts';

/** A call node's place in a worker's sequence; `order` is unique on the worker and only grows. */
export interface Slot {
  readonly worker: WorkerId;
  readonly order: number;
  readonly place: Place;
}

/** Where each call node that was not sent yet is to run, and when. */
export class LiveSchedule {
  readonly #slots = new Map<RunId, Map<number, Slot>>();
  readonly #counts = new Map<WorkerId, number>();

  /**
   * Replaces everything by the schedule's places that are still open. `takeOrders` gives the first of
   * that many consecutive orders on a worker, or undefined when the worker is gone.
   */
  install(
    schedule: MadeSchedule,
    isOpen: (place: Place) => boolean,
    takeOrders: (worker: WorkerId, count: number) => number | undefined,
  ): void {
    this.#slots.clear();
    this.#counts.clear();
    for (const { worker, places } of schedule.workers) {
      const open = places.filter((place) => isOpen(place) && this.slotOf(place) === undefined);
      const first = takeOrders(worker, open.length);
      if (first === undefined) continue;
      open.forEach((place, i) => {
        this.#put({ worker, order: first + i, place });
      });
    }
  }

  slotOf({ run, node }: NodeRef): Slot | undefined {
    return this.#slots.get(run)?.get(node);
  }

  /** The node's call was sent, answered or dropped. */
  take({ run, node }: NodeRef): Slot | undefined {
    const slots = this.#slots.get(run);
    const slot = slots?.get(node);
    if (slots === undefined || slot === undefined) return undefined;
    slots.delete(node);
    if (slots.size === 0) this.#slots.delete(run);
    this.#counts.set(slot.worker, this.scheduledCount(slot.worker) - 1);
    return slot;
  }

  /** The worker is gone: its places are nobody's. */
  removeWorker(worker: WorkerId): void {
    for (const slot of [...this.slots()]) if (slot.worker === worker) this.take(slot.place);
    this.#counts.delete(worker);
  }

  *slots(): Iterable<Slot> {
    for (const slots of this.#slots.values()) yield* slots.values();
  }

  /** Places on the worker that were not sent yet. */
  scheduledCount(worker: WorkerId): number {
    return this.#counts.get(worker) ?? 0;
  }

  #put(slot: Slot): void {
    const { run, node } = slot.place;
    const slots = this.#slots.get(run);
    if (slots === undefined) this.#slots.set(run, new Map([[node, slot]]));
    else slots.set(node, slot);
    this.#counts.set(slot.worker, this.scheduledCount(slot.worker) + 1);
  }
}
