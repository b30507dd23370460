import {
  assertNever,
  type Clock,
  HeliumError,
  type RunId,
  type TenantId,
  type TimerHandle,
  type WorkerId,
} from '@helium/shared';
import type { Logger } from '@helium/shared/telemetry';
import type { CacheEntry, PromptCache } from '../cache/prompt-cache.ts';
import type { LeaseTimes } from '../cluster/index.ts';
import type { FunctionHost } from '../functions/index.ts';
import { modelName, modelVersion, versionDigest } from '../plan/index.ts';
import { Attachments } from './attachments.ts';
import type { CoreEvent, Effect } from './core/core-event.ts';
import { DispatchCore } from './core/dispatch-core.ts';
import { PendingStores } from './pending-stores.ts';
import type { RunBook } from './run-book.ts';
import type { RunObserver } from './run-observer.ts';
import type { RunEventBody } from './run-port.ts';
import { type ScheduleMakers, ScheduleRequests } from './schedule-requests.ts';
import type { WorkerEvent, WorkerPort } from './worker-port.ts';

export interface DispatcherParts extends ScheduleMakers {
  readonly clock: Clock;
  readonly times: LeaseTimes;
  /** Between ticks at most: how late a deadline may be noticed. Default: 250. */
  readonly tickMsMax?: number;
  /** A tenant's weight in sharing the cluster. */
  readonly weightOf: (tenant: TenantId) => number;
  readonly cache: PromptCache;
  /** Whether the cache's store answered last time: misses have a reason. */
  readonly isCacheReachable: () => boolean;
  readonly functions: FunctionHost;
  /** Of texts that live runs put together; default: any number. */
  readonly charactersMax?: number | undefined;
  /** How often the runs' journal was opened; absent: there is none, and runs end with this process. */
  readonly journalEpoch?: number | undefined;
  readonly book: RunBook;
  readonly observer: RunObserver;
  readonly logger: Logger;
  /** Time for improving a schedule, ms; 0: none. */
  readonly improveMs: number;
  /** Plans what the node becomes; posts `nodeExpanded` or `expansionFailed`. */
  readonly expandNode: (effect: Extract<Effect, { kind: 'expandNode' }>) => void;
  /** Hears every event of a run before its watchers; `isAgain`: they had it before the coordinator started anew. */
  readonly onRunEvent: (run: RunId, body: RunEventBody, isAgain: boolean) => void;
  readonly keepJournal: (run: RunId, journal: string) => void;
}

const TICK_MS_MAX = 250;

/**
 * The shell of the core: carries out its effects and feeds it what happens, one event at a time, in
 * order of arrival.
 */
export class Dispatcher {
  readonly core: DispatchCore;
  readonly #parts: DispatcherParts;
  readonly #stores: PendingStores;
  readonly #attachments: Attachments;
  readonly #schedules: ScheduleRequests;
  readonly #inbox: CoreEvent[] = [];
  #busy = false;
  #timer: TimerHandle | undefined;
  #closed = false;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
    this.core = new DispatchCore(parts.times, parts.weightOf, parts.improveMs, {
      charactersMax: parts.charactersMax,
      keepsResults: parts.journalEpoch !== undefined,
      callPrefix: parts.journalEpoch === undefined ? undefined : `c${parts.journalEpoch}-`,
    });
    this.#stores = new PendingStores(parts.clock);
    const { observer, logger } = parts;
    const { registry } = this.core;
    const operatorOf = this.core.operatorOf.bind(this.core);
    this.#attachments = new Attachments({ registry, operatorOf, observer, logger });
    this.#schedules = new ScheduleRequests(parts, logger, (event) => this.post(event));
    this.#awaitTick();
  }

  /** Taken before this returns, or right after the event being carried out; not at all once closed. */
  post(event: CoreEvent): void {
    if (this.#closed) return;
    this.#inbox.push(event);
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let next = this.#inbox.shift(); next !== undefined; next = this.#inbox.shift()) {
        this.#step(next);
      }
    } finally {
      this.#busy = false;
    }
  }

  /** Takes a worker in. Throws EPOCH_STALE. */
  attach(port: WorkerPort): (event: WorkerEvent) => void {
    const { identity, epoch } = port;
    const attachment = this.#attachments.open(port);
    const model = modelVersion(identity.model, identity.modelDigest);
    this.post({ kind: 'workerAttached', identity: { ...identity, model }, epoch });
    this.#attachments.welcome(attachment);
    return (event) => {
      if (event.kind === 'attached' || !this.#attachments.hear(attachment, event)) return;
      this.post({ kind: 'workerSaid', worker: identity.workerId, epoch, event });
    };
  }

  /** The port of the worker's attachment that stands. */
  findPort(worker: WorkerId): WorkerPort | undefined {
    return this.#attachments.findPort(worker);
  }

  /** Stops ticking and ends every attachment. */
  close(reason: string): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#schedules.close();
    this.#attachments.endAll(reason);
  }

  #step(event: CoreEvent): void {
    try {
      const effects = this.core.step(this.#parts.clock.now(), event);
      for (const effect of effects) this.#carryOut(effect);
    } catch (thrown) {
      const error = HeliumError.from(thrown);
      this.#parts.logger.error('an event could not be taken', { event: event.kind, error });
    }
  }

  #carryOut(effect: Effect): void {
    switch (effect.kind) {
      case 'sendBatch':
        this.#attachments.send(effect);
        break;
      case 'sendDirectives':
        this.findPort(effect.worker)?.sendDirectives(effect.directives);
        break;
      case 'cancelCalls':
        this.#attachments.askBack(effect);
        break;
      case 'requestSnapshot':
        this.findPort(effect.worker)?.requestSnapshot();
        break;
      case 'drainWorker':
        this.findPort(effect.worker)?.drain();
        break;
      case 'keepWorker': {
        const { worker, runs, asks } = effect;
        if (asks) this.findPort(worker)?.stay();
        this.#parts.logger.info(
          'worker stays until the runs are done that nobody else has the weights for',
          { worker, runs: runs.length },
        );
        break;
      }
      case 'closeWorker':
        this.#attachments.end(effect);
        break;
      case 'workerEjected': {
        const { kind: _, ...facts } = effect;
        this.#parts.logger.warn('worker is ejected', facts);
        break;
      }
      case 'workerTakenBack':
        this.#parts.logger.info('worker answers again', {
          worker: effect.worker,
          epoch: effect.epoch,
        });
        break;
      case 'versionAbsent': {
        const { version, served, runs, waitMs } = effect;
        const facts = { model: modelName(version), digest: versionDigest(version), served, waitMs };
        this.#parts.logger.warn('runs wait for weights that nobody serves any more', {
          ...facts,
          runs: runs.length,
        });
        break;
      }
      case 'lookupPrompts':
        void this.#lookUp(effect.request, effect.tenant, effect.keys);
        break;
      case 'storeResults':
        this.#stores.add(effect.runs, this.#store(effect.tenant, effect.entries));
        break;
      case 'runFunction':
        void this.#runFunction(effect);
        break;
      case 'expandNode':
        this.#parts.expandNode(effect);
        break;
      case 'requestTurn':
        void this.#parts.turn().then(() => this.post({ kind: 'turn' }));
        break;
      case 'requestSchedule':
        this.#schedules.schedule(effect.version);
        break;
      case 'requestPlaces':
        void this.#schedules.place();
        break;
      case 'improveSchedule':
        void this.#schedules.improve(effect.generation, effect.budgetMs);
        break;
      case 'emit':
        this.#emit(effect.run, effect.body);
        break;
      case 'keepResult':
        this.#parts.book.note(effect.run, { kind: 'result', result: effect.result });
        break;
      case 'keepJournal':
        this.#parts.keepJournal(effect.run, effect.journal);
        break;
      default:
        assertNever(effect);
    }
  }

  #emit(run: RunId, body: RunEventBody): void {
    const tell = () => {
      const isAgain = this.#parts.book.wasDelivered(run, body);
      this.#parts.onRunEvent(run, body, isAgain);
      if (isAgain) return;
      this.#parts.observer.emitted(run, body);
      this.#parts.book.append(run, body);
    };
    if (body.kind === 'finished' && body.state === 'succeeded') this.#stores.whenStored(run, tell);
    else tell();
  }

  async #lookUp(request: number, tenant: TenantId, keys: readonly string[]): Promise<void> {
    try {
      const hits = await this.#parts.cache.fetchMany(tenant, keys);
      const reachable = hits.size > 0 || this.#parts.isCacheReachable();
      this.post({ kind: 'cacheAnswer', request, hits, reachable });
    } catch (error) {
      this.#parts.logger.warn('the prompt cache did not answer', { error });
      this.post({ kind: 'cacheAnswer', request, hits: new Map(), reachable: false });
    }
  }

  async #store(tenant: TenantId, entries: readonly CacheEntry[]): Promise<void> {
    try {
      await this.#parts.cache.storeMany(tenant, entries);
    } catch (error) {
      this.#parts.logger.warn('results were not stored', { entries: entries.length, error });
    }
  }

  async #runFunction(effect: Extract<Effect, { kind: 'runFunction' }>): Promise<void> {
    const { run, node, name, args } = effect;
    try {
      const text = await this.#parts.functions.run(name, args);
      this.post({ kind: 'functionDone', run, node, text });
    } catch (thrown) {
      const { code, message } = HeliumError.from(thrown, 'FUNCTION_FAILED');
      this.post({ kind: 'functionFailed', run, node, error: { code, message } });
    }
  }

  #awaitTick(): void {
    const { clock, times, tickMsMax = TICK_MS_MAX } = this.#parts;
    const tickMs = Math.min(times.heartbeatMs / 2, times.timeoutMs / 2, tickMsMax);
    this.#timer = clock.setTimer(tickMs, () => {
      if (this.#closed) return;
      this.post({ kind: 'tick' });
      this.#awaitTick();
    });
  }
}
