import type { WorkerId } from '@helium/shared';
import type { LiveCall } from './live-call.ts';
import type { LiveSchedule, Slot } from './live-schedule.ts';
import { OrderHeap } from './order-heap.ts';

/** A ready call with its order on the worker it was taken for; undefined when it had no place there. */
export interface TakenCall {
  readonly call: LiveCall;
  readonly order: number | undefined;
}

/**
 * Calls that could run now: in each worker's queue by schedule order, or loose when the schedule has no
 * place for them (they became known after it was made, or their worker is gone, or failed them).
 */
export class ReadyCalls {
  readonly #schedule: LiveSchedule;
  readonly #ready = new Set<LiveCall>();
  /** Entries of calls that are not ready any more are skipped when met. */
  readonly #queues = new Map<WorkerId, OrderHeap<LiveCall>>();
  readonly #loose = new Map<string, Set<LiveCall>>();

  constructor(schedule: LiveSchedule) {
    this.#schedule = schedule;
  }

  get size(): number {
    return this.#ready.size;
  }

  /** A call is ready, or has one owner more. */
  add(call: LiveCall): void {
    this.#ready.add(call);
    const slots = this.slotsOf(call).filter((slot) => !call.failedOn.has(slot.worker));
    for (const slot of slots) this.#queue(slot.worker).push(slot.order, call);
    const model = call.operator.model;
    if (slots.length > 0) this.#loose.get(model)?.delete(call);
    else if (!this.#loose.has(model)) this.#loose.set(model, new Set([call]));
    else this.#loose.get(model)?.add(call);
  }

  remove(call: LiveCall): void {
    this.#ready.delete(call);
    this.#loose.get(call.operator.model)?.delete(call);
  }

  /** The schedule changed. O(ready calls). */
  rebuild(): void {
    const calls = [...this.#ready].sort((a, b) => a.number - b.number);
    this.#ready.clear();
    this.#queues.clear();
    this.#loose.clear();
    for (const call of calls) this.add(call);
  }

  /** Takes the first of the worker's own. */
  takeOwn(worker: WorkerId): TakenCall | undefined {
    const queue = this.#queue(worker);
    for (let top = queue.pop(); top !== undefined; top = queue.pop()) {
      const call = top.item;
      if (!this.#ready.has(call) || call.failedOn.has(worker)) continue;
      this.remove(call);
      return { call, order: top.order };
    }
    return undefined;
  }

  /** Takes the oldest loose call of the model that `suits`. */
  takeLoose(model: string, suits: (call: LiveCall) => boolean): TakenCall | undefined {
    for (const call of this.#loose.get(model) ?? []) {
      if (!suits(call)) continue;
      this.remove(call);
      return { call, order: undefined };
    }
    return undefined;
  }

  /** Calls with a place on another worker, and their first place there. */
  placedElsewhere(worker: WorkerId, model: string): { call: LiveCall; slot: Slot }[] {
    const placed: { call: LiveCall; slot: Slot }[] = [];
    for (const call of this.#ready) {
      if (call.operator.model !== model || this.#loose.get(model)?.has(call)) continue;
      const slot = this.slotsOf(call).find((each) => each.worker !== worker);
      if (slot !== undefined) placed.push({ call, slot });
    }
    return placed;
  }

  /** The places of all its owners. */
  slotsOf(call: LiveCall): Slot[] {
    return call.owners.flatMap(({ run, node }) => {
      const slot = this.#schedule.slotOf({ run: run.id, node });
      return slot === undefined ? [] : [slot];
    });
  }

  #queue(worker: WorkerId): OrderHeap<LiveCall> {
    const known = this.#queues.get(worker);
    if (known !== undefined) return known;
    const queue = new OrderHeap<LiveCall>();
    this.#queues.set(worker, queue);
    return queue;
  }
}
