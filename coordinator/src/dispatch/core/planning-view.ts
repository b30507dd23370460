import type { RunId, WorkerId } from '@helium/shared';
import { type ResidencyIndex, takesCalls, type WorkerRegistry } from '../../cluster/index.ts';
import { expectedWork } from './call-work.ts';
import type { NodeRef, Place, StaticPrefix } from './core-event.ts';
import { decodeWeight, serviceSeconds, timingOf } from './engine-timing.ts';
import type { Flights } from './flights.ts';
import type { Flight, LiveCall } from './live-call.ts';
import type { LiveRun } from './live-run.ts';
import type { LiveSchedule } from './live-schedule.ts';
import type { PrefixUses } from './prefix-uses.ts';
import type { RunDesk } from './run-desk.ts';
import { freshTokens } from './worker-places.ts';
import type { WorkerSpeeds } from './worker-speeds.ts';

export interface PlanningParts {
  readonly registry: WorkerRegistry;
  readonly residency: ResidencyIndex;
  readonly flights: Flights;
  readonly schedule: LiveSchedule;
  readonly prefixes: PrefixUses;
  readonly speeds: WorkerSpeeds;
  readonly runs: RunDesk;
}

/** A call node whose call a worker has. */
export interface SentCall extends NodeRef {
  readonly worker: WorkerId;
  /** How much of it should be done by now: 0 to 1. */
  readonly share: number;
}

/** What planning needs to know of the core; changes nothing. */
export class PlanningView {
  readonly #parts: PlanningParts;

  constructor(parts: PlanningParts) {
    this.#parts = parts;
  }

  /** Call nodes of live runs that have a place to get: everything but naive runs' and those sent. */
  openCalls(): NodeRef[] {
    const open: NodeRef[] = [];
    for (const run of this.#parts.runs.live) {
      if (run.isNaive) continue;
      for (const node of run.callNodes) if (isOpenIn(run, node)) open.push({ run: run.id, node });
    }
    return open;
  }

  /** Of these, those that came since places were given last, and have none. O(such calls). */
  unplacedCalls(): NodeRef[] {
    const { runs, schedule } = this.#parts;
    const open: NodeRef[] = [];
    for (const run of runs.live) {
      if (run.isNaive) continue;
      for (const node of run.newCalls) {
        const ref = { run: run.id, node };
        if (isOpenIn(run, node) && schedule.slotOf(ref) === undefined) open.push(ref);
      }
    }
    return open;
  }

  /**
   * Where calls of rows of which something has begun have their places: what they share is there.
   * O(calls of live runs) once, then O(1) a call.
   */
  anchors(): (call: NodeRef) => WorkerId | undefined {
    const begun = new Map<RunId, Set<number | undefined>>();
    for (const run of this.#parts.runs.live) {
      const rows = new Set<number | undefined>();
      for (const node of run.callNodes) {
        const { status, call } = run.state(node);
        if (status === 'done' || call?.state === 'dispatched') rows.add(run.node(node).rows[0]);
      }
      begun.set(run.id, rows);
    }
    return (call) => {
      const isBegun = begun.get(call.run)?.has(this.rowOf(call));
      return isBegun ? this.#parts.schedule.slotOf(call)?.worker : undefined;
    };
  }

  /** Places on the worker that were not used yet, in order. */
  placesAt(worker: WorkerId): readonly Place[] {
    return [...this.#parts.schedule.placesAt(worker)];
  }

  /** Whether the worker is held to its sequence. */
  isStrict(worker: WorkerId): boolean {
    return this.#parts.schedule.isStrict(worker);
  }

  /** The first row that a call of a live run stands for. */
  rowOf({ run, node }: NodeRef): number | undefined {
    return this.#parts.runs.find(run)?.node(node).rows[0];
  }

  /** Call nodes of live runs that a worker has, in the order in which they were sent. */
  sentCalls(): readonly SentCall[] {
    const before = new Map<WorkerId, number>();
    return [...this.#parts.flights.live()].flatMap(({ owners, flight, naive }) => {
      if (flight === undefined || naive) return [];
      const { worker } = flight;
      const place = before.get(worker) ?? 0;
      before.set(worker, place + 1);
      const share = this.#isRunning(worker, place) ? this.#shareDone(flight) : 0;
      return owners.map(({ run, node }) => ({ run: run.id, node, worker, share }));
    });
  }

  /** Whether a call runs before which so many others were sent, going by what the worker said last. */
  #isRunning(worker: WorkerId, place: number): boolean {
    const { runningCalls = 0, queuedCalls = 0 } = this.#parts.registry.find(worker)?.load ?? {};
    return queuedCalls === 0 || place < runningCalls;
  }

  /** By what the worker did since it was sent and what it should take; no call is taken for done. */
  #shareDone({ worker, place, clockAt }: Flight): number {
    const { registry, flights, speeds, runs } = this.#parts;
    const attached = registry.find(worker);
    if (place === undefined || attached === undefined) return 0;
    const { identity } = attached;
    const { promptTokens, outputTokens } = place;
    const tokens = { promptTokens, prefilledTokens: promptTokens / 2, outputTokens };
    const batch = Math.min(flights.count(worker), identity.maxBatch);
    const usual =
      speeds.usualSeconds(identity, batch, tokens) ??
      serviceSeconds(timingOf(identity), batch, tokens);
    return Math.min(1, (speeds.workClock(worker, runs.now) - clockAt) / (1000 * usual));
  }

  /** Whether the node waits for a call that no worker has. */
  readonly isOpen = ({ run, node }: NodeRef): boolean => {
    const live = this.#parts.runs.find(run);
    return live !== undefined && isOpenIn(live, node);
  };

  /** The node's call while it is ready to be sent, and its run is not naive. */
  readonly readyCallOf = ({ run, node }: NodeRef): LiveCall | undefined => {
    const call = this.#parts.runs.find(run)?.state(node).call;
    return call?.state === 'ready' && !call.naive ? call : undefined;
  };

  /** Token time until the worker is through with the calls that it has, at its speed. */
  sentWork(worker: WorkerId): number {
    return this.#parts.flights.work(worker) * this.slowness(worker);
  }

  /** The same with those that have places there. */
  expectedWork(worker: WorkerId): number {
    return expectedWork(this.#parts, this.#parts.registry.require(worker).identity);
  }

  /** Token time that calls take at the worker at its present speed, by place; prefixes that others share left out. */
  workAt(worker: WorkerId): (place: Place) => number {
    const weight = decodeWeight(this.#parts.registry.require(worker).identity);
    const slowness = this.slowness(worker);
    return (place) => (freshTokens(place) + weight * place.outputTokens) * slowness;
  }

  isReady(worker: WorkerId): boolean {
    const attached = this.#parts.registry.find(worker);
    return attached !== undefined && takesCalls(attached);
  }

  /** Whether nothing is planned for the worker where there are others: it is slow, or on trial. */
  isSpared(worker: WorkerId): boolean {
    const { speeds, registry } = this.#parts;
    return speeds.isSlow(worker) || registry.find(worker)?.standing.isOnTrial === true;
  }

  slowness(worker: WorkerId): number {
    return this.#parts.speeds.slowness(worker);
  }

  /** Whether the prefix is resident on the worker, or a call with a place there begins with it. */
  knowsPrefix(worker: WorkerId, prefix: StaticPrefix): boolean {
    return this.isResident(worker, prefix) || this.#parts.prefixes.isUsed(worker, prefix);
  }

  isResident(worker: WorkerId, { hashes }: StaticPrefix): boolean {
    return this.#parts.residency.isResident(worker, hashes);
  }

  /** Whole blocks from the start of the prefix that are resident on the worker. */
  residentBlocks(worker: WorkerId, { hashes }: StaticPrefix): number {
    return this.#parts.residency.residentBlocks(worker, hashes);
  }
}

function isOpenIn(run: LiveRun, node: number): boolean {
  const { status, call } = run.state(node);
  return status !== 'done' && call?.state !== 'dispatched';
}
