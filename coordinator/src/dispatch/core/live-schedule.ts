import type { WorkerId } from '@helium/shared';
import type { NodeRef, Place, WorkerSequence } from './core-event.ts';
import { NodeMap } from './node-map.ts';
import { SequenceGate } from './sequence-gate.ts';
import { type KeptSlot, type Slot, WorkerPlaces } from './worker-places.ts';

/** What the schedule is put into force with. */
export interface ScheduleSurroundings {
  /** Whether the place is still needed. */
  readonly isOpen: (place: Place) => boolean;
  /** The first of that many orders, `ORDER_GAP` apart; undefined when the worker is gone. */
  readonly takeOrders: (worker: WorkerId, count: number) => number | undefined;
  /** Nodes whose calls the worker has. */
  readonly running: (worker: WorkerId) => readonly NodeRef[];
}

/** What changed of the places in force. */
export interface ScheduleChange {
  /** Slots that are no more; their calls may have others. */
  readonly left: readonly Slot[];
  readonly added: readonly Slot[];
}

/** A place in use, or a call from before, that a gate waits for. */
interface Gated {
  readonly worker: WorkerId;
  readonly gate: SequenceGate;
  readonly group: number;
}

/** Where each call node that was not sent yet is to run, and when. */
export class LiveSchedule {
  readonly #slots = new NodeMap<KeptSlot>();
  readonly #gated = new NodeMap<Gated>();
  readonly #workers = new Map<WorkerId, WorkerPlaces>();
  /** Workers whose gates may have opened since `takeOpened`. */
  readonly #opened = new Set<WorkerId>();
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
    for (const known of this.#workers.values()) known.release();
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
      return this.#alternate(known, places, surroundings);
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
    worker.use(slot);
    this.#size -= 1;
    if (worker.gate !== undefined) {
      worker.gate.start(slot);
      this.#gated.set(ref, { worker: slot.worker, gate: worker.gate, group: slot.place.group });
      this.#opened.add(slot.worker);
    }
    return slot;
  }

  /** The node has its text, or waits for it no more. */
  end(ref: NodeRef): void {
    const gated = this.#gated.delete(ref);
    if (gated === undefined) return;
    gated.gate.end(gated.group);
    this.#opened.add(gated.worker);
  }

  /** Workers held to their sequences that may start more than when this was asked last. */
  takeOpened(): WorkerId[] {
    const opened = [...this.#opened];
    this.#opened.clear();
    return opened;
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
    const places = new WorkerPlaces(worker, edition);
    this.#workers.set(worker, places);
    return places;
  }

  /** The worker has a sequence of the new schedule; what it had stands before it until it is replaced. */
  #renew({ worker, execution }: WorkerSequence, surroundings: ScheduleSurroundings): void {
    const known = this.#workers.get(worker) ?? this.#open(worker, this.#edition);
    known.edition = this.#edition;
    known.retain((slot) => this.slotOf(slot.place) === slot);
    known.inFlightMax = execution?.inFlightMax ?? Number.POSITIVE_INFINITY;
    if (execution === undefined || !(execution.ordered || execution.barrier)) return;
    const running = surroundings.running(worker);
    const gate = new SequenceGate(execution, running.length);
    known.gate = gate;
    for (const ref of running) this.#gated.set(ref, { worker, gate, group: -1 });
  }

  /** The call has another place now, or none: unlike a place that was used, nothing waits for its end. */
  #leave(place: Place): Slot | undefined {
    const slot = this.#slots.delete(place);
    if (slot === undefined) return undefined;
    this.#workers.get(slot.worker)?.leave(slot);
    this.#size -= 1;
    return slot;
  }

  #append(
    worker: WorkerId,
    places: readonly Place[],
    { takeOrders }: ScheduleSurroundings,
  ): readonly Slot[] {
    const first = takeOrders(worker, places.length);
    return first === undefined ? [] : this.#appendAt(worker, places, first);
  }

  #appendAt(worker: WorkerId, places: readonly Place[], first: number): readonly Slot[] {
    const known = this.#workers.get(worker) as WorkerPlaces;
    return this.#enter(known.append(places, first));
  }

  #alternate(
    known: WorkerPlaces,
    places: readonly Place[],
    surroundings: ScheduleSurroundings,
  ): readonly Slot[] {
    const added = this.#enter(known.alternate(places));
    const rest = places.slice(added.length);
    return [...added, ...this.#append(known.worker, rest, surroundings)];
  }

  #enter(slots: readonly KeptSlot[]): readonly Slot[] {
    for (const slot of slots) this.#slots.set(slot.place, slot);
    this.#size += slots.length;
    return slots;
  }
}

const NOTHING = { freshTokens: 0, outputTokens: 0 } as const;
