import { HeliumError, type WorkerId, type WorkerIdentity } from '@helium/shared';
import { type LeaseTimes, leaseState } from './lease.ts';

export type AttachedState = 'ready' | 'suspected' | 'ejected' | 'draining';

/** What a worker makes of its calls; only the dispatcher's core changes it. */
export interface WorkerStanding {
  /** Calls it failed since it answered one, by number. */
  readonly failedCalls: Set<number>;
  /** Times it was ejected since it answered one. */
  ejections: number;
  /** Until when it gets no calls, on the lease clock; undefined while it is not ejected. */
  ejectedUntil: number | undefined;
  /** Why it is ejected or on trial; empty where it is neither. */
  reason: string;
  /** It was ejected, and gets one call at a time until it answers one. */
  isOnTrial: boolean;
}

/** What a worker said of its load last. */
export interface ReportedLoad {
  readonly runningCalls: number;
  readonly queuedCalls: number;
  readonly kvTokensUsed: number;
  /** Highest delay of the worker's event loop since the last heartbeat, ms. */
  readonly loopDelayMs: number;
  /** Computed ahead of calls since the worker started, by prefetches that ended. */
  readonly prefetchedTokens: number;
}

/** An attached worker. Only the registry and the dispatcher's core change it. */
export interface AttachedWorker {
  readonly identity: WorkerIdentity;
  readonly epoch: number;
  state: AttachedState;
  /** It drains, and takes calls of runs that nobody else has the weights for. */
  stays: boolean;
  /** Calls it may still be sent; ≥ 0. */
  credits: number;
  load: ReportedLoad;
  /** When it was last heard, on the lease clock. */
  heardAt: number;
  /** Since when it says that it has nothing to do, and nothing else came of it; on the lease clock. */
  idleSince: number | undefined;
  /** Since when it says that it has calls, and how many steps it says it has made; on the lease clock. */
  stuckSince: { readonly at: number; readonly steps: number } | undefined;
  readonly standing: WorkerStanding;
  finishedCalls: number;
  promptTokens: number;
  reusedTokens: number;
}

/** Of a worker that has said nothing yet. */
export const NO_LOAD: ReportedLoad = {
  runningCalls: 0,
  queuedCalls: 0,
  kvTokensUsed: 0,
  loopDelayMs: 0,
  prefetchedTokens: 0,
};

/** The attached workers. Iteration is by worker id. */
export class WorkerRegistry {
  readonly #workers = new Map<WorkerId, AttachedWorker>();
  #epoch = 0;
  /** By id; made anew when workers came or went: every event looks at it. */
  #sorted: readonly AttachedWorker[] | undefined;
  #names: readonly string[] | undefined;

  /** Gives the next epoch. */
  admit(): number {
    this.#epoch += 1;
    return this.#epoch;
  }

  /** Throws what `attach` would: EPOCH_STALE. */
  assertAttachable({ workerId }: WorkerIdentity, epoch: number): void {
    const older = this.#workers.get(workerId);
    if (older === undefined || older.epoch < epoch) return;
    const text = `worker "${workerId}": attachment ${epoch} is older than ${older.epoch}`;
    throw new HeliumError('EPOCH_STALE', text);
  }

  /** Replaces an older attachment of the id. Throws EPOCH_STALE. */
  attach(identity: WorkerIdentity, epoch: number, leaseNow: number): AttachedWorker {
    this.assertAttachable(identity, epoch);
    this.detach(identity.workerId);
    this.#epoch = Math.max(this.#epoch, epoch);
    const worker: AttachedWorker = {
      identity,
      epoch,
      state: 'ready',
      stays: false,
      credits: 0,
      load: NO_LOAD,
      heardAt: leaseNow,
      idleSince: undefined,
      stuckSince: undefined,
      standing: newStanding(),
      finishedCalls: 0,
      promptTokens: 0,
      reusedTokens: 0,
    };
    this.#workers.set(identity.workerId, worker);
    this.#forgetLists();
    return worker;
  }

  detach(id: WorkerId): void {
    if (this.#workers.delete(id)) this.#forgetLists();
  }

  find(id: WorkerId): AttachedWorker | undefined {
    return this.#workers.get(id);
  }

  /** Throws WORKER_UNKNOWN. */
  require(id: WorkerId): AttachedWorker {
    const worker = this.#workers.get(id);
    if (worker !== undefined) return worker;
    const known = this.list().map((each) => each.identity.workerId);
    const attached = known.length === 0 ? 'none is' : `attached: ${known.join(', ')}`;
    throw new HeliumError('WORKER_UNKNOWN', `worker "${id}" is not attached; ${attached}`);
  }

  list(): readonly AttachedWorker[] {
    this.#sorted ??= [...this.#workers.values()].sort((a, b) =>
      a.identity.workerId < b.identity.workerId ? -1 : 1,
    );
    return this.#sorted;
  }

  /** Workers of the model that take new calls. */
  ready(model: string): AttachedWorker[] {
    return this.list().filter((each) => each.identity.model === model && takesCalls(each));
  }

  /** How many of these are not about to go. */
  lasting(model: string): number {
    return this.ready(model).filter(({ stays }) => !stays).length;
  }

  /** Names served now, in order. */
  models(): readonly string[] {
    this.#names ??= [...new Set(this.list().map((each) => each.identity.model))].sort();
    return this.#names;
  }

  /**
   * Moves workers between ready and suspected by their silence, and from ejected to a trial; returns changes and
   * losses.
   */
  checkLeases(leaseNow: number, times: LeaseTimes): { changed: boolean; lost: AttachedWorker[] } {
    let changed = false;
    const lost: AttachedWorker[] = [];
    for (const worker of this.list()) {
      const lease = leaseState(leaseNow - worker.heardAt, times);
      if (lease === 'lost') lost.push(worker);
      else if (worker.state !== 'draining') {
        endEjection(worker.standing, leaseNow);
        const present = worker.standing.ejectedUntil === undefined ? 'ready' : 'ejected';
        const state = lease === 'suspected' ? 'suspected' : present;
        changed ||= state !== worker.state;
        worker.state = state;
      }
    }
    return { changed, lost };
  }

  #forgetLists(): void {
    this.#sorted = undefined;
    this.#names = undefined;
  }
}

/** Whether a worker is given calls: not while it is silent, ejected, or drains and is not asked to stay. */
export function takesCalls({ state, stays }: AttachedWorker): boolean {
  return state === 'ready' || (state === 'draining' && stays);
}

function newStanding(): WorkerStanding {
  const none = { ejections: 0, ejectedUntil: undefined, reason: '', isOnTrial: false };
  return { failedCalls: new Set(), ...none };
}

function endEjection(standing: WorkerStanding, leaseNow: number): void {
  if (standing.ejectedUntil === undefined || standing.ejectedUntil > leaseNow) return;
  standing.ejectedUntil = undefined;
  standing.isOnTrial = true;
}
