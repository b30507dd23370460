import {
  assertNever,
  type CallId,
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
import type { CoreEvent, Effect, MadeSchedule, WorkerSequence } from './core/core-event.ts';
import { DispatchCore } from './core/dispatch-core.ts';
import { PendingStores } from './pending-stores.ts';
import type { PlacedPart, TriedCalls } from './place-calls.ts';
import type { RunBook } from './run-book.ts';
import type { RunObserver } from './run-observer.ts';
import type { RunEventBody } from './run-port.ts';
import { scheduleParts } from './schedule-parts.ts';
import { WorkerConduct } from './worker-conduct.ts';
import type { WorkerEvent, WorkerPort } from './worker-port.ts';

export interface DispatcherParts {
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
  /** Resolves after a turn of the event loop, in which others may have posted. */
  readonly turn: () => Promise<void>;
  /** Places of a schedule put into force between two turns at most. Default: 1000. */
  readonly placesPerPart?: number;
  /** Schedules the live set; what it throws is logged, and calls run unscheduled. */
  readonly makeSchedule: (version: number) => MadeSchedule | Promise<MadeSchedule>;
  /** Places for some of the calls that have none and are not among `tried`, quickly. */
  readonly placeCalls: (tried: TriedCalls) => PlacedPart;
  /** A better order of the places that are there; empty where there is none. */
  readonly improvePlaces: (budgetMs: number) => Promise<readonly WorkerSequence[]>;
  /** Time for improving a schedule, ms; 0: none. */
  readonly improveMs: number;
  /** Plans what the node becomes; posts `nodeExpanded` or `expansionFailed`. */
  readonly expandNode: (effect: Extract<Effect, { kind: 'expandNode' }>) => void;
  /** Hears every event of a run before its watchers; `isAgain`: they had it before the coordinator started anew. */
  readonly onRunEvent: (run: RunId, body: RunEventBody, isAgain: boolean) => void;
  readonly keepJournal: (run: RunId, journal: string) => void;
}

const TICK_MS_MAX = 250;

interface Attachment {
  readonly port: WorkerPort;
  readonly calls: Set<CallId>;
  readonly conduct: WorkerConduct;
}

/**
 * The shell of the core: carries out its effects and feeds it what happens, one event at a time, in
 * order of arrival.
 */
export class Dispatcher {
  readonly core: DispatchCore;
  readonly #parts: DispatcherParts;
  readonly #stores: PendingStores;
  readonly #attachments = new Map<string, Attachment>();
  readonly #inbox: CoreEvent[] = [];
  #busy = false;
  #isPlacing = false;
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

  /** Takes a worker in. Throws EPOCH_STALE or MODEL_MISMATCH. */
  attach(port: WorkerPort): (event: WorkerEvent) => void {
    const { identity, epoch } = port;
    const worker = identity.workerId;
    this.core.registry.assertAttachable(identity, epoch);
    const conduct = new WorkerConduct(worker, epoch, this.#parts.logger);
    const attachment: Attachment = { port, calls: new Set(), conduct };
    this.#attachments.set(placeOf(worker, epoch), attachment);
    this.post({ kind: 'workerAttached', identity, epoch });
    const { model, engine, device } = identity;
    this.#parts.logger.info('worker attached', { worker, epoch, model, engine, device });
    return (event) => {
      if (event.kind === 'attached') return;
      if (event.kind === 'result') {
        if (!attachment.calls.delete(event.result.id)) return conduct.endedOthers(event.result);
        conduct.ended(event.result);
        this.#parts.observer.ended(event.result);
      }
      if (event.kind === 'prefetched') this.#parts.observer.prefetched(event.computedTokens);
      if (event.kind === 'lost') this.#detach(worker, epoch, event.reason, event.isLetGo);
      this.post({ kind: 'workerSaid', worker, epoch, event });
    };
  }

  /** The port of the worker's attachment that stands. */
  findPort(worker: WorkerId): WorkerPort | undefined {
    const epoch = this.core.registry.find(worker)?.epoch;
    return epoch === undefined ? undefined : this.#attachment(worker, epoch)?.port;
  }

  #askBack({ worker, ids, unlessBegun }: Extract<Effect, { kind: 'cancelCalls' }>): void {
    const port = this.findPort(worker);
    if (port === undefined) return;
    this.#attachment(worker, port.epoch)?.conduct.askedBack(ids);
    port.cancel(ids, unlessBegun);
  }

  /** Stops ticking and ends every attachment. */
  close(reason: string): void {
    this.#closed = true;
    this.#timer?.cancel();
    for (const { port } of this.#attachments.values()) port.close(reason);
    this.#attachments.clear();
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
        this.#send(effect);
        break;
      case 'sendDirectives':
        this.findPort(effect.worker)?.sendDirectives(effect.directives);
        break;
      case 'cancelCalls':
        this.#askBack(effect);
        break;
      case 'requestSnapshot':
        this.findPort(effect.worker)?.requestSnapshot();
        break;
      case 'drainWorker':
        this.findPort(effect.worker)?.drain();
        break;
      case 'closeWorker': {
        const attachment = this.#attachment(effect.worker, effect.epoch);
        this.#detach(effect.worker, effect.epoch, effect.reason);
        attachment?.port.close(effect.reason);
        break;
      }
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
        this.#schedule(effect.version);
        break;
      case 'requestPlaces':
        void this.#place();
        break;
      case 'improveSchedule':
        void this.#improve(effect.generation, effect.budgetMs);
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

  #send({ worker, calls, leaders }: Extract<Effect, { kind: 'sendBatch' }>): void {
    const port = this.findPort(worker);
    if (port === undefined) return;
    const attachment = this.#attachment(worker, port.epoch);
    const observed = calls.map((call, i) => {
      attachment?.calls.add(call.id);
      const leader = leaders[i];
      if (leader === undefined) return call;
      const operator = this.core.operatorOf(leader);
      return this.#parts.observer.sent(call, leader, operator, port.identity.model, worker);
    });
    port.sendBatch(observed);
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

  /** The core waits for an answer: without a schedule, for an empty one. */
  #schedule(version: number): void {
    const give = (schedule: MadeSchedule) => void this.#putInForce(schedule);
    const giveNone = (thrown: unknown) => {
      if (this.#closed) return;
      const error = HeliumError.from(thrown);
      this.#parts.logger.error('no schedule could be made; calls run as they come', { error });
      give({ version, workers: [] });
    };
    try {
      const made = this.#parts.makeSchedule(version);
      if (made instanceof Promise) made.then(give, giveNone);
      else give(made);
    } catch (thrown) {
      giveNone(thrown);
    }
  }

  /** Part by part, so that the event loop is not held for long: what happens meanwhile is taken in between. */
  async #putInForce({ version, workers }: MadeSchedule): Promise<void> {
    const parts = scheduleParts(workers, this.#parts.placesPerPart);
    const last = parts.pop() ?? [];
    for (const part of parts) {
      this.post({ kind: 'scheduleMade', schedule: { version, workers: part }, isPart: true });
      await this.#parts.turn();
    }
    this.post({ kind: 'scheduleMade', schedule: { version, workers: last } });
  }

  /** Part by part as well. Without places calls wait for the schedule. */
  async #place(): Promise<void> {
    // New calls that come between two parts are found by the next.
    if (this.#isPlacing) return;
    this.#isPlacing = true;
    const tried: TriedCalls = new Map();
    while (this.#isPlacing) {
      const { workers, isPart } = this.#placePart(tried);
      this.#isPlacing = isPart;
      this.post({ kind: 'callsPlaced', workers, isPart });
      if (isPart) await this.#parts.turn();
    }
  }

  #placePart(tried: TriedCalls): PlacedPart {
    try {
      return this.#parts.placeCalls(tried);
    } catch (thrown) {
      const error = HeliumError.from(thrown);
      this.#parts.logger.error('new calls got no places; they wait for the schedule', { error });
      return { workers: [], isPart: false };
    }
  }

  /** The core waits for an answer: where nothing is found, or something fails, for an empty one. */
  async #improve(generation: number, budgetMs: number): Promise<void> {
    let workers: readonly WorkerSequence[] = [];
    try {
      workers = await this.#parts.improvePlaces(budgetMs);
    } catch (thrown) {
      const error = HeliumError.from(thrown);
      if (!this.#closed) this.#parts.logger.error('a schedule could not be improved', { error });
    }
    this.post({ kind: 'scheduleImproved', generation, workers });
  }

  #attachment(worker: WorkerId, epoch: number): Attachment | undefined {
    return this.#attachments.get(placeOf(worker, epoch));
  }

  /**
   * Says so in the log, once for each attachment: a warning unless the worker went as it should, after it
   * drained or with the coordinator, and without calls.
   */
  #detach(worker: WorkerId, epoch: number, reason: string, isLetGo = false): void {
    const attachment = this.#attachment(worker, epoch);
    if (attachment === undefined) return;
    const { calls } = attachment;
    const attached = this.core.registry.find(worker);
    const isDrained = attached?.epoch === epoch && attached.state === 'draining';
    const { logger, observer } = this.#parts;
    const went = isLetGo ? reason : isDrained ? 'it drained' : undefined;
    if (went !== undefined && calls.size === 0)
      logger.info('worker left', { worker, epoch, reason: went });
    else logger.warn('worker lost', { worker, epoch, reason, calls: calls.size });
    observer.lost(calls);
    this.#attachments.delete(placeOf(worker, epoch));
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

function placeOf(worker: WorkerId, epoch: number): string {
  return `${worker}\n${epoch}`;
}
