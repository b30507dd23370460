import { assertNever, type CallDelta, type WorkerId, type WorkerIdentity } from '@helium/shared';
import {
  type ApplyOutcome,
  type AttachedWorker,
  LeaseClock,
  type LeaseTimes,
} from '../../cluster/index.ts';
import type { WorkerEvent } from '../worker-port.ts';
import { AbsentVersions, isReplaced, runsNeeding } from './absent-versions.ts';
import type { Effect } from './core-event.ts';
import type { PrefixUses } from './prefix-uses.ts';
import type { Pump, PumpParts } from './pump.ts';
import type { RunDesk } from './run-desk.ts';
import type { ScheduleDesk } from './schedule-desk.ts';
import { takeResult } from './take-result.ts';

/** Of a worker that says it has nothing to do and owes calls or room: time-outs until it is let go. */
const OWING_TIMEOUTS = 3;

/** Of one whose engine takes no step while it has calls: time-outs until it is let go. A step may take a minute. */
const STUCK_TIMEOUTS = 60;

/**
 * Of a version of a model that nobody serves while others serve its name: time-outs until runs that wait for it fail. A
 * worker that restarts is back before; a worker that was replaced is not.
 */
const ABSENT_TIMEOUTS = 30;
const REVIEWS_PER_TIMEOUT = 10;

/** Times what fits into its KV memory that a worker may say it holds: this process remembers all of it. */
const RESIDENT_ROOMS_MAX = 4;

export interface WorkerDeskParts extends PumpParts {
  readonly prefixes: PrefixUses;
  readonly runs: RunDesk;
  readonly plans: ScheduleDesk;
  readonly pump: Pump;
  readonly push: (effect: Effect) => void;
}

/**
 * The life of attachments: workers come, are heard, fall silent, drain and go; what a worker had is then
 * for others. All that keeps something by worker learns of both ends here.
 */
export class WorkerDesk {
  readonly #parts: WorkerDeskParts;
  readonly #times: LeaseTimes;
  readonly #lease: LeaseClock;
  readonly #absent = new AbsentVersions();
  /** When versions are looked at next, on the lease clock: that costs a look at every worker. */
  #reviewAt = 0;

  constructor(parts: WorkerDeskParts, times: LeaseTimes) {
    this.#parts = parts;
    this.#times = times;
    this.#lease = new LeaseClock(times);
  }

  /** Throws, before anything changed: EPOCH_STALE. */
  attach(identity: WorkerIdentity, epoch: number): void {
    const { registry, residency, flights, prefixes, speeds, plans, pump, push } = this.#parts;
    const { workerId } = identity;
    const older = registry.find(workerId);
    registry.attach(identity, epoch, this.#lease.now);
    if (older !== undefined) {
      const reason = `worker "${workerId}" attached again; no two processes may have one worker id`;
      push({ kind: 'closeWorker', worker: workerId, epoch: older.epoch, reason });
      this.#giveBack(workerId, reason);
    }
    residency.open(workerId, epoch);
    flights.open(identity);
    prefixes.open(workerId);
    speeds.open(identity);
    pump.touch(workerId);
    plans.changed();
  }

  /** What a worker that is not attached said, or an older attachment of it, changes nothing. */
  hear(
    worker: WorkerId,
    epoch: number,
    event: Exclude<WorkerEvent, { kind: 'attached' }>,
    at: number,
  ): void {
    const { registry, residency, runs, pump } = this.#parts;
    const attached = registry.find(worker);
    if (attached?.epoch !== epoch) return;
    attached.heardAt = this.#lease.now;
    if (event.kind !== 'heartbeat') {
      attached.idleSince = undefined;
      attached.stuckSince = undefined;
    }
    switch (event.kind) {
      case 'credits':
        takeCredits(attached, event.calls);
        pump.touch(worker);
        break;
      case 'delta':
        this.#forwardDelta(worker, event.delta);
        break;
      case 'result':
        pump.touch(worker);
        takeResult(this.#parts, attached, event.result, at, {
          now: this.#lease.now,
          push: this.#parts.push,
        });
        break;
      case 'residency':
        this.#keepWhole(attached, residency.applyEvents(worker, epoch, event.events));
        break;
      case 'snapshot':
        this.#keepWhole(attached, residency.applySnapshot(worker, epoch, event.snapshot));
        break;
      case 'heartbeat':
        this.#takeHeartbeat(attached, event, at);
        break;
      case 'draining':
        this.#takeDraining(attached, event.mayStay);
        break;
      case 'prefetched': {
        // Directives follow the schedule that all live runs share; the oldest is first in it.
        const [oldest] = runs.live;
        oldest?.countPrefetched(event.computedTokens);
        break;
      }
      case 'lost':
        this.#lose(worker, `worker "${worker}" was lost: ${event.reason}`);
        break;
      default:
        assertNever(event);
    }
  }

  /** Its operator wants it to go. */
  drain(worker: WorkerId): void {
    const { registry, push } = this.#parts;
    const attached = registry.find(worker);
    if (attached === undefined || attached.state === 'draining') return;
    this.#startDraining(attached);
    if (!this.#keep(attached, false)) push({ kind: 'drainWorker', worker });
  }

  /** It says that it wants to go. */
  #takeDraining(attached: AttachedWorker, mayStay: boolean): void {
    this.#startDraining(attached);
    attached.stays = false;
    const { workerId: worker } = attached.identity;
    if (mayStay && !this.#keep(attached, true)) this.#parts.push({ kind: 'drainWorker', worker });
  }

  #startDraining(attached: AttachedWorker): void {
    attached.state = 'draining';
    this.#parts.plans.changed();
  }

  /** Where runs need its weights and nobody else has them it takes calls on. True if so. */
  #keep(attached: AttachedWorker, asks: boolean): boolean {
    const { registry, runs, pump, push } = this.#parts;
    const { workerId: worker, model } = attached.identity;
    const needing = isReplaced(model, registry) ? runsNeeding(attached, runs.live, registry) : [];
    if (needing.length === 0) return false;
    attached.stays = true;
    push({ kind: 'keepWorker', worker, runs: needing, asks });
    pump.touch(worker);
    return true;
  }

  /** The runs that it stayed for are done. */
  #letGo(): void {
    const { registry, runs, push } = this.#parts;
    for (const attached of registry.list()) {
      if (!attached.stays || runsNeeding(attached, runs.live, registry).length > 0) continue;
      attached.stays = false;
      this.#parts.plans.changed();
      push({ kind: 'drainWorker', worker: attached.identity.workerId });
    }
  }

  /** Who has been silent for too long is suspected, then lost; whose workers were replaced waits no longer. */
  checkLeases(at: number): void {
    const { registry, plans, pump, push } = this.#parts;
    const { changed, lost } = registry.checkLeases(this.#lease.tick(at), this.#times);
    if (changed) {
      plans.changed();
      pump.touchAll();
    }
    for (const { identity, epoch } of lost) {
      const worker = identity.workerId;
      const reason = `worker "${worker}" was silent for ${this.#times.timeoutMs} ms`;
      push({ kind: 'closeWorker', worker, epoch, reason });
      this.#lose(worker, reason);
    }
    for (const worker of registry.list()) {
      const what = this.#owedBy(worker) ?? this.#stuckWith(worker);
      if (what === undefined) continue;
      const { workerId } = worker.identity;
      const reason = `worker "${workerId}" ${what}`;
      push({ kind: 'closeWorker', worker: workerId, epoch: worker.epoch, reason });
      this.#lose(workerId, reason);
    }
    this.#reviewVersions();
  }

  #reviewVersions(): void {
    const { registry, runs, push } = this.#parts;
    if (this.#lease.now < this.#reviewAt) return;
    this.#reviewAt = this.#lease.now + this.#times.timeoutMs / REVIEWS_PER_TIMEOUT;
    this.#letGo();
    const waitMs = absentWaitMs(this.#times);
    const { noticed, overdue } = this.#absent.review(this.#lease.now, waitMs, runs, registry);
    for (const absent of noticed) push({ kind: 'versionAbsent', ...absent, waitMs });
    for (const absent of overdue) runs.failWaitingFor(absent, waitMs);
  }

  /** What a worker owes that has nothing to do; it forgot of it, and may do better when it attaches anew. */
  #owedBy({ identity, idleSince, state, credits }: AttachedWorker): string | undefined {
    if (idleSince === undefined) return undefined;
    const ms = OWING_TIMEOUTS * this.#times.timeoutMs;
    if (this.#lease.now - idleSince < ms) return undefined;
    const said = `said for ${ms} ms that it has nothing to do, and`;
    const calls = this.#parts.flights.count(identity.workerId);
    if (calls > 0) return `${said} ended none of the ${calls} calls that it was given`;
    return state === 'ready' && credits === 0 ? `${said} gives room for no call` : undefined;
  }

  /** Its process lives and its engine does not: nobody else notices, and its calls would wait for ever. */
  #stuckWith({ identity, stuckSince }: AttachedWorker): string | undefined {
    if (stuckSince === undefined) return undefined;
    const ms = STUCK_TIMEOUTS * this.#times.timeoutMs;
    if (this.#lease.now - stuckSince.at < ms) return undefined;
    const calls = this.#parts.flights.count(identity.workerId);
    return calls > 0 ? `took no step for ${ms} ms, with ${calls} calls` : undefined;
  }

  #takeHeartbeat(
    attached: AttachedWorker,
    { load }: Extract<WorkerEvent, { kind: 'heartbeat' }>,
    at: number,
  ): void {
    const { speeds } = this.#parts;
    attached.load = load;
    const isIdle = load.runningCalls + load.queuedCalls === 0;
    attached.idleSince = isIdle ? (attached.idleSince ?? this.#lease.now) : undefined;
    const { stuckSince } = attached;
    const steps = load.steps?.steps;
    if (isIdle || steps === undefined) attached.stuckSince = undefined;
    else if (stuckSince?.steps !== steps) attached.stuckSince = { at: this.#lease.now, steps };
    if (load.steps !== undefined) speeds.observeSteps(attached.identity, load.steps, at);
  }

  /** Events of the worker's residency that are missing are made good by a snapshot. */
  #keepWhole({ identity, epoch }: AttachedWorker, outcome: ApplyOutcome): void {
    const { workerId: worker, kvTokens, blockTokens } = identity;
    const { residency, push } = this.#parts;
    if (outcome === 'gap') push({ kind: 'requestSnapshot', worker });
    const blocks = residency.view(worker)?.parents.size ?? 0;
    const room = Math.ceil(kvTokens / blockTokens);
    if (blocks <= RESIDENT_ROOMS_MAX * room) return;
    const reason = `worker "${worker}" says that it holds ${blocks} blocks, and that it has room for ${room}`;
    push({ kind: 'closeWorker', worker, epoch, reason });
    this.#lose(worker, reason);
  }

  #forwardDelta(worker: WorkerId, { id, offset, text }: CallDelta): void {
    const { flights, push } = this.#parts;
    for (const { run, node } of flights.find(worker, id)?.owners ?? []) {
      if (!run.planned.options.streamDeltas) continue;
      const { operator, rows } = run.node(node);
      const body = { kind: 'delta', operator, rows, offset, text } as const;
      push({ kind: 'emit', run: run.id, body });
    }
  }

  #lose(worker: WorkerId, reason: string): void {
    const { registry, residency, prefixes, plans } = this.#parts;
    registry.detach(worker);
    residency.close(worker);
    prefixes.close(worker);
    this.#giveBack(worker, reason);
    plans.changed();
  }

  /** What the worker had and was to have is for others. */
  #giveBack(worker: WorkerId, reason: string): void {
    const { plans, speeds, flights, calls, ready, pump } = this.#parts;
    plans.removeWorker(worker);
    speeds.close(worker);
    pump.forgetWorker(worker);
    ready.forgetWorker(worker);
    for (const call of flights.close(worker)) calls.takeLoss(call, reason);
    ready.rebuild();
  }
}

/** How long a run waits for weights that others took the place of, ms. */
export function absentWaitMs({ timeoutMs }: LeaseTimes): number {
  return ABSENT_TIMEOUTS * timeoutMs;
}

/** A worker has never room for more calls than it said that it takes. */
function takeCredits(attached: AttachedWorker, calls: number): void {
  attached.credits = Math.min(attached.credits + calls, attached.identity.maxCalls);
}
