import {
  assertNever,
  type CallId,
  type RunId,
  type TenantId,
  type WorkerId,
  type WorkerIdentity,
} from '@helium/shared';
import {
  type ApplyOutcome,
  HashResidencyIndex,
  LeaseClock,
  type LeaseTimes,
  WorkerRegistry,
} from '../../cluster/index.ts';
import type { RunSummary } from '../run-port.ts';
import type { WorkerEvent } from '../worker-port.ts';
import { CallDesk } from './call-desk.ts';
import type { CoreEvent, Effect, NodeRef } from './core-event.ts';
import { directPrefixes } from './direct-prefixes.ts';
import { FairShares } from './fair-shares.ts';
import { Flights } from './flights.ts';
import { EventJournal } from './journal.ts';
import { leaveSlowWorkers } from './leave-slow-workers.ts';
import type { LiveRun } from './live-run.ts';
import { LiveSchedule } from './live-schedule.ts';
import { PlanningView } from './planning-view.ts';
import { PrefixUses } from './prefix-uses.ts';
import { Pump, type PumpParts } from './pump.ts';
import { ReadyCalls } from './ready-calls.ts';
import { RunDesk, type RunLimits } from './run-desk.ts';
import { baseFlow, RunUrgency } from './run-urgency.ts';
import { ScheduleDesk } from './schedule-desk.ts';
import { takeResult } from './take-result.ts';
import { WorkerSpeeds } from './worker-speeds.ts';

/**
 * What the coordinator knows of runs, workers and calls in flight, as one deterministic state machine:
 * an event in, effects out, time with the event. The same events give the same effects.
 */
export class DispatchCore {
  readonly registry = new WorkerRegistry();
  readonly residency = new HashResidencyIndex();
  readonly planning: PlanningView;
  readonly #times: LeaseTimes;
  readonly #lease: LeaseClock;
  readonly #flights = new Flights();
  readonly #schedule = new LiveSchedule();
  readonly #shares: FairShares;
  readonly #urgency = new RunUrgency();
  readonly #speeds = new WorkerSpeeds();
  readonly #ready: ReadyCalls;
  readonly #prefixes = new PrefixUses();
  readonly #journal = new EventJournal();
  readonly #calls: CallDesk;
  readonly #runs: RunDesk;
  readonly #plans: ScheduleDesk;
  readonly #parts: PumpParts;
  readonly #pump: Pump;
  #effects: Effect[] = [];
  #waitingSince: number | undefined;

  /**
   * `weightOf`: a tenant's weight in sharing the cluster; > 0. `improveMs`: time for improving a schedule
   * beside the calls that run; 0: none.
   */
  constructor(
    times: LeaseTimes,
    weightOf: (tenant: TenantId) => number = () => 1,
    improveMs = 0,
    limits: RunLimits = {},
  ) {
    this.#times = times;
    this.#lease = new LeaseClock(times);
    this.#shares = new FairShares(weightOf);
    this.#ready = new ReadyCalls(this.#schedule, this.#shares, (call) =>
      this.#urgency.flowOf(call),
    );
    const push = (effect: Effect) => void this.#effects.push(effect);
    this.#calls = new CallDesk({
      registry: this.registry,
      flights: this.#flights,
      ready: this.#ready,
      schedule: this.#schedule,
      prefixes: this.#prefixes,
      push,
      observer: {
        nodeDone: (run, node, text) => this.#runs.nodeDone(run, node, text),
        runFailed: (run, cause) => this.#runs.fail(run, cause),
      },
    });
    this.#runs = new RunDesk({
      registry: this.registry,
      calls: this.#calls,
      push,
      journal: () => this.#journal.dump(),
      onStart: (run, at) => this.#welcome(run, at),
      onEnd: (run) => this.#forget(run),
      limits,
    });
    const { registry, residency } = this;
    const lines = { schedule: this.#schedule, ready: this.#ready, flights: this.#flights };
    const prefixes = this.#prefixes;
    const planned = { ...lines, prefixes, registry, residency, speeds: this.#speeds };
    this.planning = new PlanningView({ ...planned, runs: this.#runs });
    const { isOpen, readyCallOf } = this.planning;
    this.#plans = new ScheduleDesk({ ...lines, prefixes, isOpen, readyCallOf, push, improveMs });
    this.#parts = {
      ...lines,
      registry,
      residency,
      shares: this.#shares,
      urgency: this.#urgency,
      speeds: this.#speeds,
      calls: this.#calls,
    };
    this.#pump = new Pump(this.#parts);
  }

  /**
   * `at`: steady time, ms, never smaller than before. Throws only for `workerAttached`, before anything
   * changed: MODEL_MISMATCH or EPOCH_STALE.
   */
  step(at: number, event: CoreEvent): Effect[] {
    this.#effects = [];
    this.#runs.now = at;
    if (event.kind === 'workerAttached') this.#attach(event.identity, event.epoch);
    this.#journal.record(at, event);
    this.#take(at, event);
    this.#runs.settle();
    this.#calls.requestLookups();
    this.#send(at);
    this.#waitingSince = this.#ready.size === 0 ? undefined : (this.#waitingSince ?? at);
    this.#plans.request(at);
    // Between parts of places calls are sent first: what workers are told of prefixes comes behind the last.
    const isFollowed = event.kind === 'callsPlaced' && event.isPart === true;
    const { registry, residency } = this;
    if (!isFollowed) this.#effects.push(...directPrefixes(this.#prefixes, registry, residency));
    // Starting over costs two entries for every worker: not before there is as much to forget.
    const workers = this.registry.list();
    if (this.#journal.length >= 3 * workers.length && this.#runs.isIdle && this.#flights.isIdle) {
      this.#journal.restart(at, workers);
    }
    return this.#effects;
  }

  /** Counts so far; undefined for a run that is not live. */
  runSummary(run: RunId, at: number): RunSummary | undefined {
    return this.#runs.find(run)?.summary(at);
  }

  /** Id of the operator of a live run's node; empty when the run is not live. */
  operatorOf({ run, node }: NodeRef): string {
    return this.#runs.find(run)?.node(node).operator ?? '';
  }

  get liveRuns(): number {
    return this.#runs.size;
  }

  /** Calls that could run now and wait for a worker. */
  get waitingCalls(): number {
    return this.#ready.size;
  }

  /** How long some call has waited for a worker without a pause; 0 when none does. */
  waitingSeconds(at: number): number {
    return this.#waitingSince === undefined ? 0 : (at - this.#waitingSince) / 1000;
  }

  scheduledCalls(worker: WorkerId): number {
    return this.#schedule.scheduledCount(worker);
  }

  inFlightCalls(worker: WorkerId): number {
    return this.#flights.count(worker);
  }

  /** Whether a worker has the call and a node waits for it. */
  isAwaited(id: CallId): boolean {
    return [...this.#flights.live()].some(({ flight }) => flight?.id === id);
  }

  /** What happened since the core was last idle, for `readJournal`. */
  get journalDump(): string {
    return this.#journal.dump();
  }

  #take(at: number, event: CoreEvent): void {
    switch (event.kind) {
      case 'runPlanned':
        this.#runs.accept(event.run);
        return;
      case 'cancelRun':
        this.#runs.cancel(event.run, event.reason);
        break;
      case 'workerAttached':
        this.#runs.modelServed(event.identity.model);
        break;
      case 'workerSaid':
        if (this.registry.find(event.worker)?.epoch !== event.epoch) return;
        this.#hear(event.worker, event.epoch, event.event, at);
        break;
      case 'drainWorker':
        this.#drain(event.worker);
        break;
      case 'cacheAnswer':
        this.#calls.takeCacheAnswer(event.request, event.hits, event.reachable);
        break;
      case 'functionDone':
        this.#runs.functionDone(event.run, event.node, event.text);
        break;
      case 'functionFailed':
      case 'expansionFailed':
        this.#runs.nodeFailed(event.run, event.node, event.error);
        break;
      case 'nodeExpanded':
        this.#runs.nodeExpanded(event.run, event.node, event.expanded);
        if (this.#runs.needsPlaces(event.run, event.expanded)) this.#plans.callsGrown();
        break;
      case 'scheduleMade':
        this.#plans.install(event.schedule, event.isPart !== true, at);
        if (event.isPart) break;
        this.#pump.touchAll();
        if (!this.#plans.awaitsPlaces) for (const run of this.#runs.live) run.placesGiven();
        break;
      case 'callsPlaced':
        this.#plans.insert(event.workers, event.isPart === true);
        if (!event.isPart) for (const run of this.#runs.live) run.placesGiven();
        break;
      case 'scheduleImproved':
        this.#plans.improve(event.generation, event.workers);
        this.#pump.touchAll();
        break;
      case 'turn':
        this.#runs.takeTurn();
        break;
      case 'tick':
        this.#tick(at);
        break;
      default:
        assertNever(event);
    }
  }

  #attach(identity: WorkerIdentity, epoch: number): void {
    const { workerId } = identity;
    const older = this.registry.find(workerId);
    this.registry.attach(identity, epoch, this.#lease.now);
    if (older !== undefined) {
      const reason = `worker "${workerId}" attached again; no two processes may have one worker id`;
      this.#effects.push({ kind: 'closeWorker', worker: workerId, epoch: older.epoch, reason });
      this.#giveBack(workerId, reason);
    }
    this.residency.open(workerId, epoch);
    this.#flights.open(identity);
    this.#prefixes.open(workerId);
    this.#speeds.open(identity);
    this.#pump.touch(workerId);
    this.#plans.changed();
  }

  #welcome(run: LiveRun, at: number): void {
    this.#urgency.open(run, at);
    this.#shares.enter(baseFlow(run));
    if (!run.isNaive) this.#plans.callsAdded();
  }

  #forget(run: LiveRun): void {
    this.#urgency.close(run.id);
    this.#shares.leave(baseFlow(run));
  }

  #hear(
    worker: WorkerId,
    epoch: number,
    event: Exclude<WorkerEvent, { kind: 'attached' }>,
    at: number,
  ): void {
    const attached = this.registry.require(worker);
    attached.heardAt = this.#lease.now;
    switch (event.kind) {
      case 'credits': {
        const { maxCalls } = attached.identity;
        attached.credits = Math.min(attached.credits + event.calls, maxCalls);
        this.#pump.touch(worker);
        return;
      }
      case 'delta':
        this.#forwardDelta(worker, event.delta);
        break;
      case 'result':
        this.#pump.touch(worker);
        takeResult({ ...this.#parts, plans: this.#plans }, attached, event.result, at);
        break;
      case 'residency':
        this.#keepWhole(worker, this.residency.applyEvents(worker, epoch, event.events));
        return;
      case 'snapshot':
        this.#keepWhole(worker, this.residency.applySnapshot(worker, epoch, event.snapshot));
        return;
      case 'heartbeat':
        attached.load = event.load;
        if (event.load.steps !== undefined) {
          this.#speeds.observeSteps(attached.identity, event.load.steps, at);
        }
        if (event.load.draining && attached.state !== 'draining') {
          attached.state = 'draining';
          this.#plans.changed();
        }
        return;
      case 'prefetched': {
        // Directives follow the schedule that all live runs share; the oldest is first in it.
        const [oldest] = this.#runs.live;
        oldest?.countPrefetched(event.computedTokens);
        return;
      }
      case 'lost':
        this.#lose(worker, `worker "${worker}" was lost: ${event.reason}`);
        break;
      default:
        assertNever(event);
    }
  }

  /** Events of the worker's residency that are missing are made good by a snapshot. */
  #keepWhole(worker: WorkerId, outcome: ApplyOutcome): void {
    if (outcome === 'gap') this.#effects.push({ kind: 'requestSnapshot', worker });
  }

  #forwardDelta(worker: WorkerId, delta: Extract<WorkerEvent, { kind: 'delta' }>['delta']): void {
    const { offset, text } = delta;
    for (const { run, node } of this.#flights.find(worker, delta.id)?.owners ?? []) {
      if (!run.planned.options.streamDeltas) continue;
      const { operator, rows } = run.node(node);
      const body = { kind: 'delta', operator, rows, offset, text } as const;
      this.#effects.push({ kind: 'emit', run: run.id, body });
    }
  }

  #drain(worker: WorkerId): void {
    const attached = this.registry.find(worker);
    if (attached === undefined || attached.state === 'draining') return;
    attached.state = 'draining';
    this.#plans.changed();
    this.#effects.push({ kind: 'drainWorker', worker });
  }

  #tick(at: number): void {
    const leaseNow = this.#lease.tick(at);
    const { changed, lost } = this.registry.checkLeases(leaseNow, this.#times);
    if (changed) {
      this.#plans.changed();
      this.#pump.touchAll();
    }
    for (const { identity, epoch } of lost) {
      const worker = identity.workerId;
      const reason = `worker "${worker}" was silent for ${this.#times.timeoutMs} ms`;
      this.#effects.push({ kind: 'closeWorker', worker, epoch, reason });
      this.#lose(worker, reason);
    }
    this.#runs.checkDeadlines();
    if (this.#urgency.review(this.#runs.live, at)) this.#ready.rebuild();
    if (leaveSlowWorkers(this.#parts, at)) this.#plans.changed();
  }

  #lose(worker: WorkerId, reason: string): void {
    this.registry.detach(worker);
    this.residency.close(worker);
    this.#prefixes.close(worker);
    this.#giveBack(worker, reason);
    this.#plans.changed();
  }

  /** What the worker had and was to have is for others. */
  #giveBack(worker: WorkerId, reason: string): void {
    this.#plans.removeWorker(worker);
    this.#speeds.close(worker);
    for (const call of this.#flights.close(worker)) this.#calls.takeLoss(call, reason);
    this.#ready.rebuild();
  }

  #send(at: number): void {
    const naiveRuns = this.#runs.naiveCount === 0 ? [] : [...this.#runs.live].filter(isNaive);
    const { holdsLoose: holdLoose, isInstalling: holdSteals } = this.#plans;
    this.#pump.run({ at, holdLoose, holdSteals, naiveRuns });
    for (const worker of this.#flights.takeDeparting()) {
      const batch = this.#flights.takeBatch(worker);
      const calls = batch.map(({ message }) => message);
      const leaders = batch.map(({ leader }) => ({ run: leader.run.id, node: leader.node }));
      this.#effects.push({ kind: 'sendBatch', worker, calls, leaders });
    }
  }
}

function isNaive(run: LiveRun): boolean {
  return run.isNaive;
}
