import { HeliumError, type ModelDigest, type WorkerId, type WorkerIdentity } from '@helium/shared';
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

/** A model name's digest and who relies on it: attached workers and live runs. */
interface ModelHold {
  readonly digest: ModelDigest;
  readonly holders: Set<string>;
}

/**
 * The attached workers, and which weights each model name stands for. A name has one digest for as long
 * as a worker serves it or a live run relies on it. Iteration is by worker id.
 */
export class WorkerRegistry {
  readonly #workers = new Map<WorkerId, AttachedWorker>();
  readonly #models = new Map<string, ModelHold>();
  #epoch = 0;
  /** By id; made anew when workers came or went: every event looks at it. */
  #sorted: readonly AttachedWorker[] | undefined;
  #names: readonly string[] | undefined;

  /** Gives the next epoch. Throws MODEL_MISMATCH. */
  admit(identity: WorkerIdentity): number {
    this.#requireSameModel(identity);
    this.#epoch += 1;
    return this.#epoch;
  }

  /** Throws what `attach` would: EPOCH_STALE or MODEL_MISMATCH. */
  assertAttachable(identity: WorkerIdentity, epoch: number): void {
    const older = this.#workers.get(identity.workerId);
    if (older !== undefined && older.epoch >= epoch) {
      const text = `worker "${identity.workerId}": attachment ${epoch} is older than ${older.epoch}`;
      throw new HeliumError('EPOCH_STALE', text);
    }
    this.#requireSameModel(identity);
  }

  /** Replaces an older attachment of the id. Throws EPOCH_STALE or MODEL_MISMATCH. */
  attach(identity: WorkerIdentity, epoch: number, leaseNow: number): AttachedWorker {
    this.assertAttachable(identity, epoch);
    this.detach(identity.workerId);
    this.#epoch = Math.max(this.#epoch, epoch);
    this.#hold(identity.model, identity.modelDigest, `worker "${identity.workerId}"`);
    const worker: AttachedWorker = {
      identity,
      epoch,
      state: 'ready',
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
    const worker = this.#workers.get(id);
    if (worker === undefined) return;
    this.#workers.delete(id);
    this.#forgetLists();
    this.#release(worker.identity.model, `worker "${id}"`);
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
    return this.list().filter((each) => each.identity.model === model && each.state === 'ready');
  }

  /** Names served now, in order. */
  models(): readonly string[] {
    this.#names ??= [...new Set(this.list().map((each) => each.identity.model))].sort();
    return this.#names;
  }

  digestOf(model: string): ModelDigest | undefined {
    return this.#models.get(model)?.digest;
  }

  /** A live run relies on this digest of the model until `releaseModel`. Throws MODEL_MISMATCH. */
  holdModel(model: string, digest: ModelDigest, run: string): void {
    this.#requireDigest(model, digest, `run "${run}"`);
    this.#hold(model, digest, `run "${run}"`);
  }

  releaseModel(model: string, run: string): void {
    this.#release(model, `run "${run}"`);
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

  #requireSameModel(identity: WorkerIdentity): void {
    const { workerId, model, modelDigest } = identity;
    if (this.digestOf(model) === modelDigest) return;
    const served = this.list().filter((other) => other.identity.model === model);
    const others = [...new Set(served.map((other) => engineOf(other.identity)))];
    const own = engineOf(identity);
    // One file computed in two precisions is two models: then this is what differs.
    const differs = others.length > 0 && !others.includes(own);
    const engines = differs ? `; it computes with ${own}, they with ${others.join(', ')}` : '';
    this.#requireDigest(model, modelDigest, `worker "${workerId}"`, engines);
  }

  /** `remark` ends the error's message. */
  #requireDigest(model: string, digest: ModelDigest, holder: string, remark = ''): void {
    const hold = this.#models.get(model);
    if (hold === undefined || hold.digest === digest) return;
    const others = [...hold.holders].filter((other) => other !== holder).sort();
    if (others.length === 0) return;
    throw new HeliumError(
      'MODEL_MISMATCH',
      `model "${model}": ${holder} has digest ${digest}, ` +
        `${others.join(', ')} rely on digest ${hold.digest}${remark}`,
    );
  }

  #hold(model: string, digest: ModelDigest, holder: string): void {
    const hold = this.#models.get(model);
    if (hold === undefined) this.#models.set(model, { digest, holders: new Set([holder]) });
    else hold.holders.add(holder);
  }

  #release(model: string, holder: string): void {
    const hold = this.#models.get(model);
    hold?.holders.delete(holder);
    if (hold?.holders.size === 0) this.#models.delete(model);
  }
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

function engineOf({ engine, device }: WorkerIdentity): string {
  return `${engine} (${device})`;
}
