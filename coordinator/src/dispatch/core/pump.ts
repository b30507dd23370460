import type { WorkerId } from '@helium/shared';
import type { AttachedWorker, ResidencyIndex, WorkerRegistry } from '../../cluster/index.ts';
import type { CallDesk } from './call-desk.ts';
import { callWork, expectedWork, mayTakeOver, residentTokens } from './call-work.ts';
import type { FairShares } from './fair-shares.ts';
import type { Flights } from './flights.ts';
import type { LiveCall } from './live-call.ts';
import type { LiveRun } from './live-run.ts';
import type { LiveSchedule } from './live-schedule.ts';
import type { ReadyCalls, TakenCall } from './ready-calls.ts';
import { chooseRecalls, hasBacklog } from './recall-calls.ts';
import { baseFlow, type RunUrgency } from './run-urgency.ts';
import { chooseSteal, type StealCandidate } from './steal-call.ts';
import type { WorkerSpeeds } from './worker-speeds.ts';

export interface PumpParts {
  readonly registry: WorkerRegistry;
  readonly residency: ResidencyIndex;
  readonly flights: Flights;
  readonly ready: ReadyCalls;
  readonly schedule: LiveSchedule;
  readonly shares: FairShares;
  readonly urgency: RunUrgency;
  readonly speeds: WorkerSpeeds;
  readonly calls: CallDesk;
}

/** What holds for this turn. */
export interface PumpTurn {
  /** Steady time, ms. */
  readonly at: number;
  /** A schedule is being made: calls without a place wait for it. */
  readonly holdLoose: boolean;
  /** Workers are getting their places: nobody takes from others. */
  readonly holdSteals: boolean;
  readonly naiveRuns: readonly LiveRun[];
}

/** Of a worker's KV, the token time that a tenant may be ahead before another is served. */
const QUANTUM_SHARE = 1 / 16;

/** Waiting calls of a victim that a thief looks at. */
const CANDIDATES_MAX = 256;

/**
 * Sends what can be sent within the workers' credits: calls without a place (no schedule knew them, or
 * their worker is gone), then each worker's own ready calls in schedule order (blocked ones are
 * skipped); an idle worker steals, or takes back what waits at another. Only workers to which something
 * happened are looked at.
 */
export class Pump {
  readonly #parts: PumpParts;
  readonly #touched = new Set<WorkerId>();
  /** Workers with an open place in their batch. */
  readonly #idle = new Set<WorkerId>();

  constructor(parts: PumpParts) {
    this.#parts = parts;
  }

  /** The worker may take more, or other calls, than before. */
  touch(worker: WorkerId): void {
    this.#touched.add(worker);
  }

  touchAll(): void {
    for (const { identity } of this.#parts.registry.list()) this.touch(identity.workerId);
  }

  /** Sends what can be sent now. */
  run(turn: PumpTurn): void {
    const { ready, registry } = this.#parts;
    for (const run of turn.naiveRuns) this.#sendNaive(run, turn);
    if (ready.hasLoose(turn.holdLoose)) {
      for (const model of registry.models()) {
        if (ready.hasLoose(turn.holdLoose, model)) this.#sendLoose(model, turn);
      }
    }
    for (const worker of ready.takeTouched()) this.touch(worker);
    for (const worker of [...this.#touched].sort()) this.#sendOwn(worker, turn);
    this.#touched.clear();
    if (turn.holdSteals) return;
    // Nothing waits anywhere: most of a large cluster is idle, and need not be looked at.
    if (this.#idle.size === 0 || (ready.placedSize === 0 && !hasBacklog(this.#parts))) return;
    for (const worker of [...this.#idle].sort()) this.#fill(worker, turn);
  }

  #sendOwn(id: WorkerId, turn: PumpTurn): void {
    const { registry, ready, speeds } = this.#parts;
    const worker = registry.find(id);
    if (worker === undefined) {
      this.#idle.delete(id);
      return;
    }
    const { kvTokens, model } = worker.identity;
    const pressedOf = speeds.isSlow(id) ? undefined : model;
    while (this.#room(worker) > 0) {
      const taken = ready.takeOwn(id, kvTokens * QUANTUM_SHARE, pressedOf);
      if (taken === undefined) break;
      this.#send(worker, taken, turn);
    }
    if (this.#hasOpenPlace(worker)) this.#idle.add(id);
    else this.#idle.delete(id);
  }

  /**
   * One by one to the worker with most room, so that no worker is handed everything; to slow ones, which
   * mostly gave them back, only where there are no others. O(workers) a call, of the cheapest kind.
   */
  #sendLoose(model: string, turn: PumpTurn): void {
    const { registry, ready, speeds } = this.#parts;
    const all = registry.ready(model);
    const fast = all.filter(({ identity }) => !speeds.isSlow(identity.workerId));
    const workers = fast.length > 0 ? fast : all;
    const loads = Float64Array.from(workers, (worker) => this.#loadOf(worker));
    while (ready.hasLoose(turn.holdLoose, model)) {
      const place = placeOfLeast(loads);
      const worker = workers[place];
      if (worker === undefined) return;
      const quantum = worker.identity.kvTokens * QUANTUM_SHARE;
      const how = { onlyReturned: turn.holdLoose, quantum };
      const taken = ready.takeLoose(model, how, (call) => suits(call, worker, workers));
      if (taken !== undefined) this.#send(worker, taken, turn);
      loads[place] = taken === undefined ? Number.POSITIVE_INFINITY : this.#loadOf(worker);
    }
  }

  /** An idle worker takes from the one whose calls would wait longest. */
  #fill(id: WorkerId, turn: PumpTurn): void {
    const { registry, schedule, flights, ready } = this.#parts;
    const thief = registry.find(id);
    if (thief === undefined || !this.#hasOpenPlace(thief)) {
      this.#idle.delete(id);
      return;
    }
    if (schedule.isStrict(id)) return;
    while (ready.placedSize > 0 && this.#hasOpenPlace(thief)) {
      const stolen = this.#chooseFrom(thief);
      if (stolen === undefined) break;
      ready.remove(stolen.call);
      this.#send(thief, { call: stolen.call, order: 'last' }, turn);
    }
    const open = thief.identity.maxBatch - flights.count(id);
    if (open <= 0 || this.#parts.speeds.isSlow(id) || !hasBacklog(this.#parts)) return;
    const recalled = chooseRecalls(this.#parts, thief, open);
    for (const call of recalled) flights.recall(call, id);
    this.#parts.calls.recall(recalled, true);
  }

  #chooseFrom(thief: AttachedWorker): StealCandidate | undefined {
    const { ready, registry, flights, schedule, speeds } = this.#parts;
    const { workerId, model } = thief.identity;
    let worst: { readonly worker: WorkerId; readonly wait: number } | undefined;
    for (const [worker, waiting] of ready.waitingCounts()) {
      const victim = registry.find(worker);
      if (worker === workerId || schedule.isStrict(worker)) continue;
      if (victim !== undefined && victim.identity.model !== model) continue;
      const mean = flights.work(worker) / Math.max(1, flights.count(worker));
      const wait = (flights.work(worker) + waiting * mean) * speeds.slowness(worker);
      if (worst === undefined || wait > worst.wait) worst = { worker, wait };
    }
    if (worst === undefined) return undefined;
    const victim = registry.find(worst.worker);
    const isReady = victim?.state === 'ready';
    if (isReady && !mayTakeOver(this.#parts, thief.identity, victim.identity)) return undefined;
    const candidates = this.#candidates(thief, worst.worker);
    const isLate = isReady && speeds.isSlow(workerId);
    return chooseSteal(isLate ? this.#doneInTime(candidates, thief, victim) : candidates);
  }

  *#candidates(thief: AttachedWorker, from: WorkerId): Iterable<StealCandidate> {
    const { ready, registry, flights, speeds, residency } = this.#parts;
    const { workerId, model, blockTokens } = thief.identity;
    const victim = registry.find(from);
    const inFlight = Math.max(1, flights.count(from));
    const mean = flights.work(from) / inFlight;
    const queued = Math.max(0, inFlight - (victim?.identity.maxBatch ?? 0));
    let ahead = 0;
    for (const { call, slot } of ready.placedAt(from)) {
      if (ahead++ >= CANDIDATES_MAX) return;
      if (call.operator.model !== model || call.failedOn.has(workerId)) continue;
      const mine = residentTokens(residency, workerId, slot.place, blockTokens);
      const theirs = residentTokens(residency, from, slot.place, blockTokens);
      const wait = mean * (queued + ahead) * speeds.slowness(from);
      const slower = Math.max(0, speeds.slowness(workerId) - speeds.slowness(from));
      const longer = slower * thief.identity.maxBatch * mean;
      yield {
        call,
        slot,
        rebuiltTokens: Math.max(0, theirs - mine) * speeds.slowness(workerId) + longer,
        waitTokens: victim?.state === 'ready' ? wait : Number.POSITIVE_INFINITY,
      };
    }
  }

  /**
   * Of these, those that a slow worker has done before the other is through with all that it has, and with what
   * may wait for them: whoever takes them holds nobody up.
   */
  *#doneInTime(
    candidates: Iterable<StealCandidate>,
    thief: AttachedWorker,
    victim: AttachedWorker,
  ): Iterable<StealCandidate> {
    const { speeds, residency } = this.#parts;
    const { workerId, maxBatch } = thief.identity;
    const slowness = speeds.slowness(workerId);
    const end = expectedWork(this.#parts, victim.identity);
    for (const candidate of candidates) {
      const { call, slot } = candidate;
      const work = callWork(call, slot.place, thief.identity, residency);
      if ((slowness + 1) * maxBatch * work <= end) yield candidate;
    }
  }

  /** The yardstick: the run's calls in plan order, one at a time, on one worker as long as it lives. */
  #sendNaive(run: LiveRun, turn: PumpTurn): void {
    const node = run.nextNaiveCall();
    const call = node === undefined ? undefined : run.state(node).call;
    if (call === undefined || call.state !== 'ready') return;
    const { model } = call.operator;
    const { registry, flights } = this.#parts;
    const workers = registry.ready(model);
    const known = workers.find(({ identity }) => identity.workerId === run.naiveWorkers.get(model));
    const worker = [known, ...workers].find(
      (each) => each !== undefined && suits(call, each, workers),
    );
    if (worker === undefined) return;
    run.naiveWorkers.set(model, worker.identity.workerId);
    if (flights.room(worker) > 0) this.#send(worker, { call, order: 'last' }, turn);
  }

  #send(worker: AttachedWorker, { call, order }: TakenCall, { at }: PumpTurn): void {
    const { flights, calls, shares, urgency, ready, residency, speeds } = this.#parts;
    const { identity } = worker;
    const [slot] = ready.slotsOf(call);
    const work = callWork(call, slot?.place, identity, residency);
    const clockAt = speeds.workClock(identity.workerId, at);
    flights.send(worker, call, order, { work, at, clockAt, place: slot?.place });
    calls.endSlots(call);
    const [leader] = call.owners;
    if (leader === undefined) return;
    shares.charge(baseFlow(leader.run), work);
    for (const { run } of call.owners) {
      if (urgency.served(run, at)) ready.rebuild();
    }
    calls.announceStart(leader, identity.workerId);
  }

  #room(worker: AttachedWorker): number {
    const { flights, schedule } = this.#parts;
    return flights.room(worker, schedule.inFlightMax(worker.identity.workerId));
  }

  #hasOpenPlace(worker: AttachedWorker): boolean {
    const { workerId, maxBatch } = worker.identity;
    return this.#room(worker) > 0 && this.#parts.flights.count(workerId) < maxBatch;
  }

  /** Share of its batch that is taken, in time; Infinity for a worker without room. */
  #loadOf(worker: AttachedWorker): number {
    if (this.#room(worker) === 0) return Number.POSITIVE_INFINITY;
    const { flights, speeds } = this.#parts;
    const { workerId, maxBatch } = worker.identity;
    return (flights.count(workerId) / maxBatch) * speeds.slowness(workerId);
  }
}

/** The first of the least numbers; -1 when all are Infinity. */
function placeOfLeast(numbers: Float64Array): number {
  let least = Number.POSITIVE_INFINITY;
  let place = -1;
  for (let i = 0; i < numbers.length; i++) {
    if (numbers[i]! >= least) continue;
    least = numbers[i]!;
    place = i;
  }
  return place;
}

/** A worker that failed the call gets it again only when every other did as well. */
function suits(
  call: LiveCall,
  worker: AttachedWorker,
  workers: readonly AttachedWorker[],
): boolean {
  const failed = (each: AttachedWorker) => call.failedOn.has(each.identity.workerId);
  return !failed(worker) || workers.every(failed);
}
