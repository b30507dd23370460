import type { WorkerId } from '@helium/shared';
import type { Effect, MadeSchedule, NodeRef, Place, WorkerSequence } from './core-event.ts';
import type { Flights } from './flights.ts';
import { ImprovementTime } from './improvement-time.ts';
import { LengthDrift } from './length-drift.ts';
import type { LiveCall } from './live-call.ts';
import type { LiveSchedule, ScheduleSurroundings } from './live-schedule.ts';
import type { PrefixUses } from './prefix-uses.ts';
import type { ReadyCalls } from './ready-calls.ts';
import type { Slot } from './worker-places.ts';

export interface ScheduleDeskParts {
  readonly schedule: LiveSchedule;
  readonly ready: ReadyCalls;
  readonly prefixes: PrefixUses;
  readonly flights: Flights;
  /** Whether the node's call needs a place. */
  readonly isOpen: (node: NodeRef) => boolean;
  /** The node's call while it is ready to be sent. */
  readonly readyCallOf: (node: NodeRef) => LiveCall | undefined;
  readonly push: (effect: Effect) => void;
  /** Time for improving a schedule, ms; 0: none. */
  readonly improveMs: number;
}

/**
 * After a change that can wait, the next schedule is asked for when this many times the time that the
 * last one took has passed: planning takes a third of a core at most.
 */
const REST_FACTOR = 2;

/** What changed since the last schedule was asked for. */
type Change = 'none' | 'drift' | 'must';

/**
 * When schedules are asked for, and how they come into force. One is made at a time; what changes
 * meanwhile is one more request afterwards. New calls get places at once, beside the schedule that
 * stands, so that they wait for no planning.
 */
export class ScheduleDesk {
  readonly #parts: ScheduleDeskParts;
  readonly #surroundings: ScheduleSurroundings;
  /** Schedule asked for last, and in force. */
  readonly #drift = new LengthDrift();
  #asked = 0;
  #installed = 0;
  #askedAt = 0;
  #restUntil = 0;
  #change: Change = 'none';
  #hasNewCalls = false;
  /** Places were asked for and have not come: the schedule is asked for after that. */
  #awaitsPlaces = false;
  /** Of the places in force: another number, other places. */
  #generation = 0;
  readonly #improvement: ImprovementTime;
  #isImproving = false;
  #isInstalling = false;

  constructor(parts: ScheduleDeskParts) {
    this.#parts = parts;
    this.#improvement = new ImprovementTime(parts.improveMs);
    const { flights, isOpen } = parts;
    this.#surroundings = {
      isOpen,
      takeOrders: (worker, count) => flights.takeOrders(worker, count),
      running: (worker) => nodesOf(flights, worker),
    };
  }

  /** Calls without a place wait for the schedule that is being made or about to be. */
  get holdsLoose(): boolean {
    return this.#change === 'must' || this.#isAsked;
  }

  /** A schedule is coming into force: what waits at a worker may be about to leave for one that is idle. */
  get isInstalling(): boolean {
    return this.#isInstalling;
  }

  /** Places were asked for and have not come. */
  get awaitsPlaces(): boolean {
    return this.#awaitsPlaces;
  }

  /** Workers or runs came or went: the schedule that stands is of another world. */
  changed(): void {
    this.#change = 'must';
  }

  /** A call ended whose length the schedule in force had expected. */
  observeLength(place: Place, outputTokens: number): void {
    this.#drift.observe(place, outputTokens);
    if (this.#change === 'none' && this.#drift.isOff) this.#change = 'drift';
  }

  /** There are calls that no schedule knows. */
  callsAdded(): void {
    this.#hasNewCalls = true;
    this.changed();
  }

  /**
   * A run that has places grew: its new calls get theirs beside them, and the schedule is made anew no
   * more often than planning may take.
   */
  callsGrown(): void {
    if (!this.#isAsked && this.#parts.schedule.size === 0) this.callsAdded();
    this.#hasNewCalls = true;
    if (this.#change === 'none') this.#change = 'drift';
  }

  /**
   * A part of the schedule asked for, `isLast` or not. A part costs what it holds. Between two parts whatever may
   * happen: each call has the place it had, the new one, or none, and no other schedule comes into force.
   */
  install({ version, workers }: MadeSchedule, isLast: boolean, at: number): void {
    const { schedule } = this.#parts;
    if (!this.#isInstalling) {
      this.#isInstalling = true;
      schedule.begin();
      // What is being improved meanwhile is of no use.
      if (!isLast) this.#renew();
    }
    for (const sequence of workers) this.#replace(sequence);
    if (!isLast) return;
    this.#isInstalling = false;
    this.#finish();
    this.#installed = version;
    this.#restUntil = at + REST_FACTOR * (at - this.#askedAt);
    this.#renew();
  }

  #replace(sequence: WorkerSequence): void {
    const { schedule, ready, prefixes } = this.#parts;
    const { worker } = sequence;
    const { isFirst, left, added } = schedule.replace(sequence, this.#surroundings);
    prefixes.drop(left);
    const calls = this.#readyCalls(added);
    if (isFirst) {
      prefixes.renew(worker, added);
      ready.renew(worker, calls);
      return;
    }
    prefixes.add(added);
    for (const call of calls) ready.add(call);
  }

  #finish(): void {
    const { schedule, ready, prefixes } = this.#parts;
    const { left, added, gone } = schedule.finish(this.#surroundings);
    prefixes.drop(left);
    for (const worker of gone) prefixes.renew(worker, []);
    prefixes.add(added);
    for (const call of this.#readyCalls(left)) ready.add(call);
  }

  /** The slots' calls that are ready, each once: equal calls of several runs are one. */
  #readyCalls(slots: readonly Slot[]): LiveCall[] {
    return [...new Set(slots.flatMap(({ place }) => this.#parts.readyCallOf(place) ?? []))];
  }

  /** What of it is not sent yet takes the new order; nothing where the places are others by now. */
  improve(generation: number, workers: readonly WorkerSequence[]): void {
    this.#isImproving = false;
    const { schedule, ready, prefixes } = this.#parts;
    if (generation !== this.#generation || workers.length === 0) return;
    schedule.reorder(workers, this.#surroundings);
    ready.rebuild();
    prefixes.install(schedule.slots());
  }

  /** Places for calls that had none; others follow a part of them. */
  insert(sequences: readonly WorkerSequence[], isPart: boolean): void {
    this.#awaitsPlaces = isPart;
    const slots = this.#parts.schedule.insert(sequences, this.#surroundings);
    this.#parts.prefixes.add(slots);
    this.#parts.ready.settleLoose();
    if (slots.length > 0) this.#renew();
  }

  removeWorker(worker: WorkerId): void {
    this.#parts.schedule.removeWorker(worker);
    this.#renew();
  }

  /** At the end of a turn. */
  request(at: number): void {
    this.#requestSchedule(at);
    this.#requestImprovement(at);
  }

  /** Not while another schedule is being made: the thread is busy, and this one's time is short. */
  #requestImprovement(at: number): void {
    const { push, schedule } = this.#parts;
    const isOther = this.#change === 'must' || this.#isAsked || this.#awaitsPlaces;
    if (this.#isImproving || isOther || schedule.size < 2) return;
    const budgetMs = this.#improvement.take(at);
    if (budgetMs === undefined) return;
    this.#isImproving = true;
    push({ kind: 'improveSchedule', generation: this.#generation, budgetMs });
  }

  /** The places are others than those that are being improved. */
  #renew(): void {
    this.#generation += 1;
    this.#improvement.begin();
  }

  #requestSchedule(at: number): void {
    const { push, schedule } = this.#parts;
    const isNew = this.#hasNewCalls;
    this.#hasNewCalls = false;
    if (isNew && (this.#isAsked || schedule.size > 0)) {
      this.#awaitsPlaces = true;
      push({ kind: 'requestPlaces' });
    }
    if (this.#change === 'none' || this.#isAsked || this.#awaitsPlaces) return;
    if (this.#change === 'drift' && at < this.#restUntil) return;
    this.#change = 'none';
    this.#drift.reset();
    this.#asked += 1;
    this.#askedAt = at;
    push({ kind: 'requestSchedule', version: this.#asked });
  }

  get #isAsked(): boolean {
    return this.#installed < this.#asked;
  }
}

function nodesOf(flights: Flights, worker: WorkerId): NodeRef[] {
  return [...flights.calls(worker)].flatMap(({ owners }) =>
    owners.map(({ run, node }) => ({ run: run.id, node })),
  );
}
