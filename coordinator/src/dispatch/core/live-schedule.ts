import type { RunId, WorkerId } from '@helium/shared';
import type { NodeRef, Place, WorkerSequence } from './core-event.ts';
import { SequenceGate } from './sequence-gate.ts';

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

/** What the schedule is put into force with. */
export interface ScheduleSurroundings {
  /** Whether the place is still needed. */
  readonly isOpen: (place: Place) => boolean;
  /** The first of that many orders, `ORDER_GAP` apart; undefined when the worker is gone. */
  readonly takeOrders: (worker: WorkerId, count: number) => number | undefined;
  /** Nodes whose calls the worker has. */
  readonly running: (worker: WorkerId) => readonly NodeRef[];
}

/** A place as the schedule keeps it. */
interface KeptSlot extends Slot {
  isUsed: boolean;
  /** Number of the schedule that it is of, or stands beside. */
  readonly edition: number;
}

interface WorkerPlaces {
  /** In order; those that were used too, or replaced. */
  slots: KeptSlot[];
  open: number;
  freshTokens: number;
  outputTokens: number;
  /** Number of the schedule that the worker's sequence is of. */
  edition: number;
  gate: SequenceGate | undefined;
  inFlightMax: number;
}

/** What changed of the places in force. */
export interface ScheduleChange {
  /** Slots that are no more; their calls may have others. */
  readonly left: readonly Slot[];
  readonly added: readonly Slot[];
}

/** A place in use, or a call from before, that a gate waits for. */
interface Gated {
  readonly gate: SequenceGate;
  readonly group: number;
}

/** Where each call node that was not sent yet is to run, and when. */
export class LiveSchedule {
  readonly #slots = new NodeMap<KeptSlot>();
  readonly #gated = new NodeMap<Gated>();
  readonly #workers = new Map<WorkerId, WorkerPlaces>();
  #size = 0;
  /** Number of the schedule in force, or coming into it. */
  #edition = 0;
  #isChanging = false;

  /**
   * A new schedule comes into force: `replace` its sequences, then `finish`. Until then every call keeps the
   * place it has, unless the new one is there. The strictness of the schedule before ends here. O(workers).
   */
  begin(): void {
    this.#edition += 1;
    this.#isChanging = true;
    this.#gated.clear();
    for (const known of this.#workers.values()) {
      known.gate = undefined;
      known.inFlightMax = Number.POSITIVE_INFINITY;
    }
  }

  /**
   * A worker's sequence in the new schedule, or a piece of it behind the pieces before. Open calls leave the
   * places they had, wherever that was; places of a worker that is gone are left out, and their calls keep
   * theirs. `isFirst`: no piece was there before. O(places; of the first piece also those that stood).
   */
  replace(
    sequence: WorkerSequence,
    surroundings: ScheduleSurroundings,
  ): ScheduleChange & { readonly isFirst: boolean } {
    const { worker, places } = sequence;
    const isFirst = this.#workers.get(worker)?.edition !== this.#edition;
    if (isFirst) this.#renew(sequence, surroundings);
    const needed = places.filter(
      (place) => surroundings.isOpen(place) && this.slotOf(place)?.edition !== this.#edition,
    );
    const first = surroundings.takeOrders(worker, needed.length);
    if (first === undefined) return { isFirst, left: [], added: [] };
    const left = needed.flatMap((place) => this.#leave(place) ?? []);
    return { isFirst, left, added: this.#appendAt(worker, needed, first) };
  }

  /**
   * The new schedule is in force. Calls that it does not know keep their places, by turns between the new
   * ones, where their worker is in it; on other workers there are no places any more. O(places).
   */
  finish(
    surroundings: ScheduleSurroundings,
  ): ScheduleChange & { readonly gone: readonly WorkerId[] } {
    this.#isChanging = false;
    const left: Slot[] = [];
    const gone: WorkerId[] = [];
    const kept: WorkerSequence[] = [];
    for (const [worker, known] of this.#workers) {
      const before = known.slots.filter(
        (slot) => slot.edition !== this.#edition && this.slotOf(slot.place) === slot,
      );
      for (const { place } of before) this.#leave(place);
      for (const slot of before) left.push(slot);
      if (known.edition !== this.#edition) gone.push(worker);
      else if (before.length > 0) kept.push({ worker, places: before.map(({ place }) => place) });
    }
    for (const worker of gone) this.#workers.delete(worker);
    return { left, gone, added: this.insert(kept, surroundings) };
  }

  /**
   * Adds places beside those that there are: each worker's new ones alternate with its present ones, so
   * that neither waits for all of the others; behind them where the sequence is a strict one. Returns
   * the new slots.
   */
  insert(sequences: readonly WorkerSequence[], surroundings: ScheduleSurroundings): Slot[] {
    return sequences.flatMap((sequence) => {
      const { worker } = sequence;
      const places = this.#needed(sequence, surroundings);
      const known = this.#workers.get(worker);
      if (known === undefined) {
        // While a schedule comes into force, these are places that it does not know.
        this.#open(worker, this.#isChanging ? this.#edition - 1 : this.#edition);
        return this.#append(worker, places, surroundings);
      }
      if (known.gate !== undefined) {
        const last = known.slots.at(-1)?.place.group ?? 0;
        const behind = places.map((place) => ({ ...place, group: last + 1 + place.group }));
        return this.#append(worker, behind, surroundings);
      }
      return this.#alternate(worker, known, places, surroundings);
    });
  }

  /**
   * Gives the places of the named workers, all of them best effort, in another order or to another of
   * these workers. Places that the sequences lack stay behind theirs.
   */
  reorder(sequences: readonly WorkerSequence[], surroundings: ScheduleSurroundings): void {
    const behind = new Map<WorkerId, Place[]>();
    for (const { worker } of sequences) {
      behind.set(worker, [...this.placesAt(worker)]);
      this.removeWorker(worker);
      this.#open(worker, this.#edition);
    }
    for (const sequence of sequences) {
      this.#append(sequence.worker, this.#needed(sequence, surroundings), surroundings);
    }
    for (const [worker, places] of behind) {
      this.#append(worker, this.#needed({ worker, places }, surroundings), surroundings);
    }
  }

  /** Places on the worker that were not used yet, in order. */
  *placesAt(worker: WorkerId): Iterable<Place> {
    const slots = this.#workers.get(worker)?.slots ?? [];
    for (const slot of slots) if (this.slotOf(slot.place) === slot) yield slot.place;
  }

  slotOf(ref: NodeRef): KeptSlot | undefined {
    return this.#slots.get(ref);
  }

  /** Whether the worker's sequence lets the place start now. */
  mayStart(slot: Slot): boolean {
    return this.#workers.get(slot.worker)?.gate?.isOpen(slot) ?? true;
  }

  /** Whether the worker is held to its sequence: nothing is taken out of turn, nor by others. */
  isStrict(worker: WorkerId): boolean {
    return this.#workers.get(worker)?.gate !== undefined;
  }

  /** Calls in flight on the worker at most, as the policy has it. */
  inFlightMax(worker: WorkerId): number {
    return this.#workers.get(worker)?.inFlightMax ?? Number.POSITIVE_INFINITY;
  }

  /** The node's call was sent, answered or dropped. */
  take(ref: NodeRef): Slot | undefined {
    const slot = this.#slots.delete(ref);
    const worker = slot && this.#workers.get(slot.worker);
    if (slot === undefined || worker === undefined) return undefined;
    slot.isUsed = true;
    count(worker, slot.place, -1);
    this.#size -= 1;
    if (worker.gate !== undefined) {
      worker.gate.start(slot);
      this.#gated.set(ref, { gate: worker.gate, group: slot.place.group });
    }
    return slot;
  }

  /** The node has its text, or waits for it no more. */
  end(ref: NodeRef): void {
    const gated = this.#gated.delete(ref);
    gated?.gate.end(gated.group);
  }

  /** The worker is gone: its places are nobody's. */
  removeWorker(worker: WorkerId): void {
    for (const { place } of this.#workers.get(worker)?.slots ?? []) {
      if (this.#slots.get(place)?.worker === worker) this.#slots.delete(place);
    }
    this.#size -= this.scheduledCount(worker);
    this.#workers.delete(worker);
  }

  slots(): Iterable<Slot> {
    return this.#slots.values();
  }

  /** Places that were not used yet. */
  get size(): number {
    return this.#size;
  }

  /** Places on the worker that were not used yet. */
  scheduledCount(worker: WorkerId): number {
    return this.#workers.get(worker)?.open ?? 0;
  }

  /** Expected tokens of places that were not used yet; prompts without the prefixes others share. */
  openTokens(worker: WorkerId): { readonly freshTokens: number; readonly outputTokens: number } {
    return this.#workers.get(worker) ?? NOTHING;
  }

  #needed({ places }: WorkerSequence, { isOpen }: ScheduleSurroundings): Place[] {
    return places.filter((place) => isOpen(place) && this.slotOf(place) === undefined);
  }

  #open(worker: WorkerId, edition: number): WorkerPlaces {
    const inFlightMax = Number.POSITIVE_INFINITY;
    const places = { ...NOTHING, slots: [], edition, gate: undefined, inFlightMax };
    this.#workers.set(worker, places);
    return places;
  }

  /** The worker has a sequence of the new schedule; what it had stands before it until it is replaced. */
  #renew({ worker, execution }: WorkerSequence, surroundings: ScheduleSurroundings): void {
    const known = this.#workers.get(worker) ?? this.#open(worker, this.#edition);
    known.edition = this.#edition;
    known.slots = known.slots.filter((slot) => this.slotOf(slot.place) === slot);
    known.inFlightMax = execution?.inFlightMax ?? Number.POSITIVE_INFINITY;
    if (execution === undefined || !(execution.ordered || execution.barrier)) return;
    const running = surroundings.running(worker);
    const gate = new SequenceGate(execution, running.length);
    known.gate = gate;
    for (const ref of running) this.#gated.set(ref, { gate, group: -1 });
  }

  /** The call has another place now, or none: unlike a place that was used, nothing waits for its end. */
  #leave(place: Place): Slot | undefined {
    const slot = this.#slots.delete(place);
    if (slot === undefined) return undefined;
    const known = this.#workers.get(slot.worker);
    if (known !== undefined) count(known, slot.place, -1);
    this.#size -= 1;
    return slot;
  }

  #append(
    worker: WorkerId,
    places: readonly Place[],
    { takeOrders }: ScheduleSurroundings,
  ): Slot[] {
    const first = takeOrders(worker, places.length);
    return first === undefined ? [] : this.#appendAt(worker, places, first);
  }

  #appendAt(worker: WorkerId, places: readonly Place[], first: number): Slot[] {
    const known = this.#workers.get(worker) as WorkerPlaces;
    const { edition } = known;
    const slots = places.map((place, i) => newSlot(worker, first + i * ORDER_GAP, place, edition));
    for (const slot of slots) known.slots.push(slot);
    this.#enter(known, slots);
    return slots;
  }

  #alternate(
    worker: WorkerId,
    known: WorkerPlaces,
    places: readonly Place[],
    surroundings: ScheduleSurroundings,
  ): Slot[] {
    const { slots, edition } = known;
    const added: KeptSlot[] = [];
    const all: KeptSlot[] = [];
    let i = 0;
    for (; i < slots.length && added.length < places.length; i++) {
      const before = slots[i] as KeptSlot;
      all.push(before);
      const after = slots[i + 1]?.order ?? 0;
      const order = Math.floor((before.order + after) / 2);
      if (order <= before.order || before.isUsed) continue;
      const slot = newSlot(worker, order, places[added.length] as Place, edition);
      added.push(slot);
      all.push(slot);
    }
    known.slots = all.concat(slots.slice(i));
    this.#enter(known, added);
    return [...added, ...this.#append(worker, places.slice(added.length), surroundings)];
  }

  #enter(known: WorkerPlaces, slots: readonly KeptSlot[]): void {
    for (const slot of slots) {
      this.#slots.set(slot.place, slot);
      count(known, slot.place, 1);
    }
    this.#size += slots.length;
    known.gate?.append(slots);
  }
}

function newSlot(worker: WorkerId, order: number, place: Place, edition: number): KeptSlot {
  return { worker, order, place, isUsed: false, edition };
}

/** Prompt tokens behind the longest prefix that others share. */
export function freshTokens({ promptTokens, prefixes }: Place): number {
  return Math.max(0, promptTokens - (prefixes.at(-1)?.tokens.length ?? 0));
}

const NOTHING = { open: 0, freshTokens: 0, outputTokens: 0 } as const;

function count(worker: WorkerPlaces, place: Place, sign: 1 | -1): void {
  worker.open += sign;
  worker.freshTokens += sign * freshTokens(place);
  worker.outputTokens += sign * place.outputTokens;
}

/** Values by node of a run. */
class NodeMap<V> {
  readonly #runs = new Map<RunId, Map<number, V>>();
  /** The run asked for last, which is mostly the next one too, and what it has. */
  #lastRun: RunId | undefined;
  #lastNodes: Map<number, V> | undefined;

  get({ run, node }: NodeRef): V | undefined {
    return this.#nodesOf(run)?.get(node);
  }

  set({ run, node }: NodeRef, value: V): void {
    const nodes = this.#nodesOf(run);
    if (nodes !== undefined) {
      nodes.set(node, value);
      return;
    }
    this.#runs.set(run, new Map([[node, value]]));
    this.#lastRun = undefined;
  }

  /** Returns what was there. */
  delete({ run, node }: NodeRef): V | undefined {
    const nodes = this.#nodesOf(run);
    const value = nodes?.get(node);
    nodes?.delete(node);
    if (nodes?.size === 0) {
      this.#runs.delete(run);
      this.#lastRun = undefined;
    }
    return value;
  }

  clear(): void {
    this.#runs.clear();
    this.#lastRun = undefined;
  }

  #nodesOf(run: RunId): Map<number, V> | undefined {
    if (run === this.#lastRun) return this.#lastNodes;
    const nodes = this.#runs.get(run);
    this.#lastRun = nodes === undefined ? undefined : run;
    this.#lastNodes = nodes;
    return nodes;
  }

  *values(): Iterable<V> {
    for (const nodes of this.#runs.values()) yield* nodes.values();
  }
}
