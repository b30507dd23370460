import type { WorkerId } from '@helium/shared';
import type { Place } from './core-event.ts';
import type { SequenceGate } from './sequence-gate.ts';

/** A call node's place in a worker's sequence; `order` is unique on the worker and only grows. */
export interface Slot {
  readonly worker: WorkerId;
  readonly order: number;
  readonly place: Place;
}

/** Distance of neighbours' orders in a new schedule: room for places that are put between them. */
export const ORDER_GAP = 4096;

/** The smallest order of a place: calls that jump their queue have smaller ones. */
export const FIRST_ORDER = 2 ** 32;

/** A place as the schedule keeps it. */
export interface KeptSlot extends Slot {
  isUsed: boolean;
  /** Number of the schedule that it is of, or stands beside. */
  readonly edition: number;
}

/** One worker's sequence: its places in order, and what those still open amount to. */
export class WorkerPlaces {
  readonly worker: WorkerId;
  /** Number of the schedule that the sequence is of. */
  edition: number;
  /** What the policy holds the sequence to; undefined for best effort. */
  gate: SequenceGate | undefined;
  inFlightMax = Number.POSITIVE_INFINITY;
  #slots: KeptSlot[] = [];
  #open = 0;
  #freshTokens = 0;
  #outputTokens = 0;

  constructor(worker: WorkerId, edition: number) {
    this.worker = worker;
    this.edition = edition;
  }

  /** In order; those that were used too, or replaced. */
  get slots(): readonly KeptSlot[] {
    return this.#slots;
  }

  /** Places that were not used yet. */
  get open(): number {
    return this.#open;
  }

  /** Prompt tokens of open places, without the prefixes others share. */
  get freshTokens(): number {
    return this.#freshTokens;
  }

  /** Output tokens that open places are expected to make. */
  get outputTokens(): number {
    return this.#outputTokens;
  }

  /** No schedule's strictness holds any more. */
  release(): void {
    this.gate = undefined;
    this.inFlightMax = Number.POSITIVE_INFINITY;
  }

  /** Forgets all other slots. */
  retain(isKept: (slot: KeptSlot) => boolean): void {
    this.#slots = this.#slots.filter(isKept);
  }

  /** Adds places behind all others; the first has order `first`. */
  append(places: readonly Place[], first: number): readonly KeptSlot[] {
    const added = places.map((place, i) => this.#newSlot(place, first + i * ORDER_GAP));
    for (const slot of added) this.#slots.push(slot);
    this.#enter(added);
    return added;
  }

  /** Puts one place behind each open one, as far as there is room between their orders. Returns those that found it. */
  alternate(places: readonly Place[]): readonly KeptSlot[] {
    const slots = this.#slots;
    const added: KeptSlot[] = [];
    const all: KeptSlot[] = [];
    let i = 0;
    for (; i < slots.length && added.length < places.length; i++) {
      const before = slots[i] as KeptSlot;
      all.push(before);
      const after = slots[i + 1]?.order ?? 0;
      const order = Math.floor((before.order + after) / 2);
      if (order <= before.order || before.isUsed) continue;
      const slot = this.#newSlot(places[added.length] as Place, order);
      added.push(slot);
      all.push(slot);
    }
    this.#slots = all.concat(slots.slice(i));
    this.#enter(added);
    return added;
  }

  /** One of its places is open no more: its call was sent, answered or dropped. */
  use(slot: KeptSlot): void {
    slot.isUsed = true;
    this.leave(slot);
  }

  /** One of its places is open no more: its call has another, or none. */
  leave({ place }: Slot): void {
    this.#count(place, -1);
  }

  #newSlot(place: Place, order: number): KeptSlot {
    return { worker: this.worker, order, place, isUsed: false, edition: this.edition };
  }

  #enter(slots: readonly KeptSlot[]): void {
    for (const { place } of slots) this.#count(place, 1);
    this.gate?.append(slots);
  }

  #count(place: Place, sign: 1 | -1): void {
    this.#open += sign;
    this.#freshTokens += sign * freshTokens(place);
    this.#outputTokens += sign * place.outputTokens;
  }
}

/** Prompt tokens behind the longest prefix that others share. */
export function freshTokens({ promptTokens, prefixes }: Place): number {
  return Math.max(0, promptTokens - (prefixes.at(-1)?.tokens.length ?? 0));
}
