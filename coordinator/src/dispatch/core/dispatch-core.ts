import { assertNever, type RunId, type TenantId, type WorkerId } from '@helium/shared';
import { HashResidencyIndex, type LeaseTimes, WorkerRegistry } from '../../cluster/index.ts';
import { modelName } from '../../plan/model-version.ts';
import type { RunSummary } from '../run-port.ts';
import { CacheDesk } from './cache-desk.ts';
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
import { WorkerDesk } from './worker-desk.ts';
import { WorkerSpeeds } from './worker-speeds.ts';

/**
 * What the coordinator knows of runs, workers and calls in flight, as one deterministic state machine:
 * an event in, effects out, time with the event. The same events give the same effects.
 */
export class DispatchCore {
  readonly registry = new WorkerRegistry();
  readonly residency = new HashResidencyIndex();
  readonly planning: PlanningView;
  readonly #flights: Flights;
  readonly #schedule = new LiveSchedule();
  readonly #shares: FairShares;
  readonly #urgency = new RunUrgency();
  readonly #speeds = new WorkerSpeeds();
  readonly #ready: ReadyCalls;
  readonly #prefixes = new PrefixUses();
  readonly #journal = new EventJournal();
  readonly #cache: CacheDesk;
  readonly #calls: CallDesk;
  readonly #runs: RunDesk;
  readonly #plans: ScheduleDesk;
  readonly #workers: WorkerDesk;
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
    this.#shares = new FairShares(weightOf);
    this.#flights = new Flights(limits.callPrefix ?? 'c');
    this.#ready = new ReadyCalls(this.#schedule, this.#shares, (call) =>
      this.#urgency.flowOf(call),
    );
    const push = (effect: Effect) => void this.#effects.push(effect);
    this.#cache = new CacheDesk(push);
    this.#calls = new CallDesk({
      flights: this.#flights,
      ready: this.#ready,
      schedule: this.#schedule,
      prefixes: this.#prefixes,
      cache: this.#cache,
      push,
      keepsResults: limits.keepsResults === true,
      observer: {
        nodeDone: (run, node, text) => this.#runs.nodeDone(run, node, text),
        runFailed: (run, cause) => this.#runs.fail(run, cause),
      },
    });
    this.#runs = new RunDesk({
      calls: this.#calls,
      cache: this.#cache,
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
    const desks = { runs: this.#runs, plans: this.#plans, pump: this.#pump };
    this.#workers = new WorkerDesk({ ...this.#parts, ...desks, prefixes, push }, times);
  }

  /**
   * `at`: steady time, ms, never smaller than before. Throws only for `workerAttached`, before anything
   * changed: EPOCH_STALE.
   */
  step(at: number, event: CoreEvent): Effect[] {
    this.#effects = [];
    this.#runs.now = at;
    if (event.kind === 'workerAttached') this.#workers.attach(event.identity, event.epoch);
    this.#journal.record(at, event);
    this.#take(at, event);
    this.#runs.settle();
    this.#cache.request();
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

  /** The same by name of the model, of all that are served now or waited for. */
  waitingCallsByModel(): ReadonlyMap<string, number> {
    const calls = new Map<string, number>();
    const none = this.registry.models().map((version) => [version, 0] as const);
    for (const [version, count] of [...none, ...this.#ready.sizes]) {
      const name = modelName(version);
      calls.set(name, (calls.get(name) ?? 0) + count);
    }
    return calls;
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
        break;
      case 'workerSaid':
        this.#workers.hear(event.worker, event.epoch, event.event, at);
        break;
      case 'drainWorker':
        this.#workers.drain(event.worker);
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

  #welcome(run: LiveRun, at: number): void {
    this.#urgency.open(run, at);
    this.#shares.enter(baseFlow(run));
    if (!run.isNaive) this.#plans.callsAdded();
  }

  #forget(run: LiveRun): void {
    this.#urgency.close(run.id);
    this.#shares.leave(baseFlow(run));
  }

  #tick(at: number): void {
    this.#workers.checkLeases(at);
    this.#runs.checkDeadlines();
    if (this.#urgency.review(this.#runs.live, at)) this.#ready.rebuild();
    if (leaveSlowWorkers(this.#parts, at)) this.#plans.changed();
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
