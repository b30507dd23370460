import type { WorkerId } from '@helium/shared';
import type { AttachedWorker, ResidencyIndex, WorkerRegistry } from '../../cluster/index.ts';
import type { CallDesk } from './call-desk.ts';
import { callWork } from './call-work.ts';
import type { FairShares } from './fair-shares.ts';
import type { Flights } from './flights.ts';
import type { LiveCall } from './live-call.ts';
import type { LiveRun } from './live-run.ts';
import type { LiveSchedule } from './live-schedule.ts';
import type { ReadyCalls, TakenCall } from './ready-calls.ts';
import { chooseRecalls, hasBacklog } from './recall-calls.ts';
import { baseFlow, type RunUrgency } from './run-urgency.ts';
import { chooseSteal } from './steal-call.ts';
import { stealCandidates } from './steal-candidates.ts';
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

  /** The worker is gone: nothing else would look at it while nothing waits. */
  forgetWorker(worker: WorkerId): void {
    this.#touched.delete(worker);
    this.#idle.delete(worker);
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
    this.#touchOpened();
    while (this.#touched.size > 0) {
      const touched = [...this.#touched].sort();
      this.#touched.clear();
      for (const worker of touched) this.#sendOwn(worker, turn);
      this.#touchOpened();
    }
    if (turn.holdSteals) return;
    // Nothing waits anywhere: most of a large cluster is idle, and need not be looked at.
    if (this.#idle.size === 0 || (ready.placedSize === 0 && !hasBacklog(this.#parts))) return;
    for (const worker of [...this.#idle].sort()) this.#fill(worker, turn);
  }

  /** What one worker sent or ended may let another go on that is held to its sequence. */
  #touchOpened(): void {
    for (const worker of this.#parts.schedule.takeOpened()) this.touch(worker);
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
   * mostly gave them back, only where all others failed them. O(workers) a call, of the cheapest kind.
   */
  #sendLoose(model: string, turn: PumpTurn): void {
    const { registry, ready, speeds } = this.#parts;
    const all = registry.ready(model);
    const fast = all.filter(({ identity }) => !speeds.isSlow(identity.workerId));
    // Those that failed a call first are often fast, and idle at once: slow ones are asked before they get it again.
    const usual = fast.length > 0 ? fast : all;
    const others = fast.length > 0 ? all.filter((worker) => !fast.includes(worker)) : [];
    const workers = [...usual, ...others];
    const loads = Float64Array.from(workers, (worker) => this.#loadOf(worker));
    while (ready.hasLoose(turn.holdLoose, model)) {
      const place = placeOfLeast(loads);
      const worker = workers[place];
      if (worker === undefined) return;
      const quantum = worker.identity.kvTokens * QUANTUM_SHARE;
      const how = { onlyReturned: turn.holdLoose, quantum };
      const taken = ready.takeLoose(model, how, (call) =>
        place < usual.length ? suits(call, worker, workers) : suits(call, worker, workers, usual),
      );
      if (taken !== undefined) this.#send(worker, taken, turn);
      loads[place] = taken === undefined ? Number.POSITIVE_INFINITY : this.#loadOf(worker);
    }
  }

  /** An idle worker takes what is not sent yet, and where there is nothing, what waits at another. */
  #fill(id: WorkerId, turn: PumpTurn): void {
    const { registry, schedule } = this.#parts;
    const thief = registry.find(id);
    if (thief === undefined || !this.#hasOpenPlace(thief)) {
      this.#idle.delete(id);
      return;
    }
    if (schedule.isStrict(id)) return;
    this.#steal(thief, turn);
    this.#recall(thief);
  }

  #steal(thief: AttachedWorker, turn: PumpTurn): void {
    const { ready } = this.#parts;
    while (ready.placedSize > 0 && this.#hasOpenPlace(thief)) {
      const stolen = chooseSteal(stealCandidates(this.#parts, thief));
      if (stolen === undefined) return;
      ready.remove(stolen.call);
      this.#send(thief, { call: stolen.call, order: 'last' }, turn);
    }
  }

  #recall(thief: AttachedWorker): void {
    const { flights, speeds, calls } = this.#parts;
    const { workerId, maxBatch } = thief.identity;
    const open = maxBatch - flights.count(workerId);
    if (open <= 0 || speeds.isSlow(workerId) || !hasBacklog(this.#parts)) return;
    const recalled = chooseRecalls(this.#parts, thief, open);
    for (const call of recalled) flights.recall(call, workerId);
    calls.recall(recalled, true);
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

/** A worker that failed the call gets it again only when every other did as well; one gets it after those `before` it. */
function suits(
  call: LiveCall,
  worker: AttachedWorker,
  workers: readonly AttachedWorker[],
  before: readonly AttachedWorker[] = [],
): boolean {
  const failed = (each: AttachedWorker) => call.failedOn.has(each.identity.workerId);
  return failed(worker) ? workers.every(failed) : before.every(failed);
}
