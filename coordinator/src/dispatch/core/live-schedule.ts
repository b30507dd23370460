import type { RunId, WorkerId } from '@helium/shared';
import type { MadeSchedule, NodeRef, Place, WorkerSequence } from './core-event.ts';
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
}

interface WorkerPlaces {
  /** In order; those that were used too. */
  slots: KeptSlot[];
  open: number;
  freshTokens: number;
  outputTokens: number;
  readonly gate: SequenceGate | undefined;
  readonly inFlightMax: number;
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

  /** Replaces everything by the schedule's places that are still open. */
  install(schedule: MadeSchedule, surroundings: ScheduleSurroundings): void {
    this.#slots.clear();
    this.#gated.clear();
    this.#workers.clear();
    this.#size = 0;
    for (const sequence of schedule.workers) {
      const { worker, execution } = sequence;
      const isStrict = execution !== undefined && (execution.ordered || execution.barrier);
      const running = isStrict ? surroundings.running(worker) : [];
      const gate = isStrict ? new SequenceGate(execution, running.length) : undefined;
      const inFlightMax = execution?.inFlightMax ?? Number.POSITIVE_INFINITY;
      this.#workers.set(worker, { ...NOTHING, slots: [], gate, inFlightMax });
      for (const ref of running) if (gate) this.#gated.set(ref, { gate, group: -1 });
      this.#append(worker, this.#needed(sequence, surroundings), surroundings);
    }
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
        const inFlightMax = Number.POSITIVE_INFINITY;
        this.#workers.set(worker, { ...NOTHING, slots: [], gate: undefined, inFlightMax });
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
      const inFlightMax = Number.POSITIVE_INFINITY;
      this.#workers.set(worker, { ...NOTHING, slots: [], gate: undefined, inFlightMax });
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

  slotOf(ref: NodeRef): Slot | undefined {
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

  #append(
    worker: WorkerId,
    places: readonly Place[],
    { takeOrders }: ScheduleSurroundings,
  ): Slot[] {
    const first = takeOrders(worker, places.length);
    if (first === undefined) return [];
    const slots = places.map((place, i) => newSlot(worker, first + i * ORDER_GAP, place));
    const known = this.#workers.get(worker) as WorkerPlaces;
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
    const added: KeptSlot[] = [];
    const all: KeptSlot[] = [];
    for (const [i, before] of known.slots.entries()) {
      all.push(before);
      const after = known.slots[i + 1]?.order ?? 0;
      const order = Math.floor((before.order + after) / 2);
      if (added.length === places.length || order <= before.order || before.isUsed) continue;
      const slot = newSlot(worker, order, places[added.length] as Place);
      added.push(slot);
      all.push(slot);
    }
    known.slots = all;
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

function newSlot(worker: WorkerId, order: number, place: Place): KeptSlot {
  return { worker, order, place, isUsed: false };
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
