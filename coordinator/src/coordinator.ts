import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import {
  type Clock,
  ensureFolder,
  HeliumError,
  type RunId,
  systemClock,
  type TenantId,
} from '@helium/shared';
import type { Settings } from '@helium/shared/config';
import {
  type CoordinatorSources,
  createCoordinatorMetrics,
  type Logger,
  noTelemetry,
  silentLogger,
  type Telemetry,
} from '@helium/shared/telemetry';
import { keptSecret } from './cache/cache-secret.ts';
import { openPromptCache, type PromptCache } from './cache/index.ts';
import { Cluster } from './dispatch/cluster.ts';
import type { CoordinatorPorts } from './dispatch/cluster-port.ts';
import { Dispatcher } from './dispatch/dispatcher.ts';
import { improvePlaces } from './dispatch/improve-places.ts';
import { JournalWriter } from './dispatch/journal-writer.ts';
import { keepJournal } from './dispatch/keep-journal.ts';
import {
  type LivePrompt,
  LivePrompts,
  type PromptMaking,
  renewLength,
} from './dispatch/live-prompts.ts';
import { ModelCatalog } from './dispatch/model-catalog.ts';
import { OutputProfiles, type ProfileStore } from './dispatch/output-profiles.ts';
import { Pacer } from './dispatch/pacer.ts';
import { placeCalls } from './dispatch/place-calls.ts';
import { PrefixWarmer } from './dispatch/prefix-warmer.ts';
import { estimatingTokenizer } from './dispatch/prompt-tokens.ts';
import { rehearsedRuns } from './dispatch/rehearse-runs.ts';
import { type RestoredRun, restoreRun } from './dispatch/restore-run.ts';
import { DEFAULT_RETENTION, type Retention, RunBook } from './dispatch/run-book.ts';
import { RunObserver } from './dispatch/run-observer.ts';
import type { RunEventBody } from './dispatch/run-port.ts';
import { callsThatFit, charactersThatFit, RunRoom } from './dispatch/run-room.ts';
import { Runs } from './dispatch/runs.ts';
import { profileSaver } from './dispatch/save-profiles.ts';
import { makeSchedule } from './dispatch/schedule-maker.ts';
import { ScheduleThread } from './dispatch/schedule-thread.ts';
import { openProfileStore } from './dispatch/sqlite-profile-store.ts';
import { parseTenantWeights } from './dispatch/tenant-weights.ts';
import { createTokenizerStore, type TokenizerStore } from './dispatch/tokenizer-store.ts';
import { type FunctionHost, loadFunctions } from './functions/index.ts';
import { type OpenedJournal, openRunJournal } from './journal/index.ts';
import { requirePolicy } from './scheduler/index.ts';
import { readStorageKeys } from './storage/storage-keys.ts';

/** The settings a coordinator reads. */
export type CoordinatorSettings = Pick<
  Settings,
  | 'redis-url'
  | 'run-journal'
  | 'run-journal-name'
  | 'cache-ttl-seconds'
  | 'cache-secret'
  | 'storage-key-file'
  | 'functions'
  | 'policy'
  | 'improve-ms'
  | 'tenant-weights'
  | 'heartbeat-ms'
  | 'worker-timeout-ms'
>;

/** What a coordinator is made in. */
export interface CoordinatorPlace {
  /** Folder of the embedded store, profiles and journals of broken runs; made when it is not there. */
  readonly stateFolder: string;
  readonly version: string;
  readonly logger?: Logger;
  readonly telemetry?: Telemetry;
  readonly clock?: Clock;
  readonly retention?: Retention;
  readonly callsMax?: number;
  /** Another coordinator has taken the runs' journal over: this one has to end. Default: it goes on in vain. */
  readonly onFenced?: (message: string) => void;
}

/** A coordinator without its wire: `api/` puts the ports on sockets, the simulation in memory. */
export interface Coordinator extends CoordinatorPorts {
  /**
   * Does ahead what the first worker and run would wait for: 0.2 s in which nothing else is answered, then
   * half a second in steps, until a run comes.
   */
  prepare(): void;
  /** Takes no new runs; resolves when none is live, or at the signal. */
  drain(signal: AbortSignal): Promise<void>;
  /** Ends every attachment and closes cache, functions and profiles. */
  close(): Promise<void>;
}

/** Now, and not in each run that names none. */
function checkPolicy(name: string): void {
  try {
    requirePolicy(name);
  } catch (cause) {
    throw new HeliumError('CONFIG_INVALID', HeliumError.from(cause).message, { cause });
  }
}

/**
 * Makes a coordinator: the one place where every room meets. Throws CONFIG_INVALID or STORE_UNAVAILABLE
 * for what the settings name and cannot be had.
 */
export async function createCoordinator(
  settings: CoordinatorSettings,
  place: CoordinatorPlace,
): Promise<Coordinator> {
  const { stateFolder, clock = systemClock, logger = silentLogger } = place;
  checkPolicy(settings.policy);
  ensureFolder(stateFolder, 0o700);
  const telemetry = place.telemetry ?? noTelemetry();
  const metrics = createCoordinatorMetrics(telemetry.meter);
  const functions = await loadFunctions(modulesOf(settings.functions));
  let isCacheReachable = true;
  let slowCacheMs: number | undefined;
  const keys = readStorageKeys(settings['storage-key-file']);
  const cache = await openPromptCache(settings, {
    stateFolder,
    keys,
    logger: logger.child('cache'),
    metrics: {
      ...metrics.promptCache,
      reachable(isReachable) {
        isCacheReachable = isReachable;
        metrics.promptCache.reachable(isReachable);
      },
      slow(ms) {
        slowCacheMs = ms;
        metrics.promptCache.slow(ms);
      },
    },
  });
  const observer = new RunObserver(telemetry.tracing, metrics, clock);
  const runs = await openRunJournal(settings, {
    stateFolder,
    keys,
    logger: logger.child('journal'),
    onFenced: place.onFenced ?? (() => {}),
  });
  const store = openProfileStore(stateFolder, logger, clock);
  const secret = settings['cache-secret'] || keptSecret(stateFolder);
  const scheduler = new ScheduleThread();
  const coordinator = wireCoordinator(settings, {
    ...(place.retention === undefined ? {} : { retention: place.retention }),
    ...(place.callsMax === undefined ? {} : { callsMax: place.callsMax }),
    version: place.version,
    clock,
    logger,
    functions,
    cache,
    isCacheReachable: () => isCacheReachable,
    slowCacheMs: () => slowCacheMs,
    observer,
    ...(runs === undefined ? {} : { runs }),
    store,
    tokenizers: createTokenizerStore(join(stateFolder, 'tokenizers'), logger.child('tokenizers')),
    secret,
    scheduler,
    keepJournal: (run, journal) =>
      keepJournal(keys === undefined ? stateFolder : undefined, run, journal, logger),
  });
  metrics.observe(coordinator.sources);
  const prepare = () => {
    scheduler.prepare();
    openKeptTokenizer(coordinator.catalog, logger);
    scheduler
      .rehearse(
        () => setImmediate(),
        rehearsedRuns(rehearsedMaking(coordinator.catalog, clock)),
        () => coordinator.runs.isBusy,
      )
      .catch((error: unknown) => {
        logger.warn('planning was not rehearsed', { error });
      });
  };
  return { ...coordinator.ports, prepare };
}

/** What a coordinator is made of, opened. The simulation brings its own of each. */
export interface OpenParts {
  readonly version: string;
  readonly retention?: Retention;
  /** Calls of live runs at most; default: what this process has memory for. */
  readonly callsMax?: number;
  /** UTF-16 units of texts that live runs put together at most; default: what this process has memory for. */
  readonly charactersMax?: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly functions: FunctionHost;
  readonly cache: PromptCache;
  readonly isCacheReachable: () => boolean;
  /** What look-ups take of late, ms, where that is too long. Default: it never is. */
  readonly slowCacheMs?: () => number | undefined;
  readonly observer: RunObserver;
  /** Default: none, and runs end with this process. */
  readonly runs?: OpenedJournal;
  readonly store: ProfileStore;
  /** Default: keeps none. */
  readonly tokenizers?: TokenizerStore;
  readonly secret: string;
  readonly scheduler: Pick<ScheduleThread, 'plan' | 'improve' | 'close'>;
  readonly keepJournal: (run: RunId, journal: string) => void;
  /** As the dispatcher takes it. */
  readonly tickMsMax?: number;
  /** Resolves after a turn of the event loop. Default: this process's. */
  readonly turn?: () => Promise<void>;
  /** As the dispatcher takes it; also calls of a schedule looked at between two turns. */
  readonly placesPerPart?: number;
  /** New calls that get places between two turns. Default: 250. */
  readonly callsPerPart?: number;
  /** Default: random ones. */
  readonly newRunId?: () => RunId;
  /** Hears every event of every run, first of all. */
  readonly onRunEvent?: (run: RunId, body: RunEventBody, isAgain: boolean) => void;
}

/** Joins the rooms; opens nothing. */
export function wireCoordinator(
  settings: Omit<CoordinatorSettings, 'run-journal' | 'run-journal-name' | 'storage-key-file'>,
  open: OpenParts,
) {
  const { clock, logger, functions, cache, observer, store, secret, scheduler } = open;
  const catalog = new ModelCatalog(open.tokenizers);
  const profiles = new OutputProfiles(store.load());
  const saveProfiles = profileSaver(store, profiles, logger);
  const prompts = new LivePrompts({ separateTenants: true });
  const turn = open.turn ?? (() => setImmediate());
  const retention = open.retention ?? DEFAULT_RETENTION;
  const writer =
    open.runs &&
    new JournalWriter({
      journal: open.runs.journal,
      clock,
      logger: logger.child('journal'),
      turn,
      requestAgeMsMax: retention.requestAgeMsMax,
    });
  const book = new RunBook(
    clock,
    retention,
    (run) => dispatcher.core.runSummary(run, clock.now()),
    writer,
  );
  const restored = (open.runs?.stored.runs ?? []).map(restoreRun);
  for (const run of restored) book.restore(run);
  book.finishRestoring(open.runs?.stored.requests ?? []);
  const heartbeatMs = settings['heartbeat-ms'];
  const dispatcher: Dispatcher = new Dispatcher({
    clock,
    times: { heartbeatMs, timeoutMs: settings['worker-timeout-ms'] },
    ...(open.tickMsMax === undefined ? {} : { tickMsMax: open.tickMsMax }),
    weightOf: parseTenantWeights(settings['tenant-weights']),
    cache,
    isCacheReachable: open.isCacheReachable,
    functions,
    book,
    observer,
    logger: logger.child('dispatch'),
    turn,
    ...(open.placesPerPart === undefined ? {} : { placesPerPart: open.placesPerPart }),
    makeSchedule(version) {
      const turns = {
        turn,
        renew: (prompt: LivePrompt) => renewLength(prompt, profiles),
        ...(open.placesPerPart === undefined ? {} : { callsPerTurn: open.placesPerPart }),
      };
      return makeSchedule(version, dispatcher.core, prompts, runs.scheduled, scheduler, turns);
    },
    placeCalls: (tried) =>
      placeCalls(dispatcher.core, prompts, runs.scheduled, tried, open.callsPerPart),
    improvePlaces: (budgetMs) =>
      improvePlaces(budgetMs, dispatcher.core, prompts, runs.scheduled, scheduler),
    improveMs: settings['improve-ms'],
    charactersMax: open.charactersMax ?? charactersThatFit(),
    journalEpoch: open.runs?.journal.epoch,
    expandNode: (effect) => void runs.expand(effect),
    onRunEvent: (run, body, isAgain) => {
      open.onRunEvent?.(run, body, isAgain);
      runs.observe(run, body, isAgain);
      if (body.kind === 'finished') saveProfiles();
    },
    keepJournal: open.keepJournal,
  });
  const cacheSaltOf = (tenant: TenantId) => kvSalt(secret, tenant);
  const shared = { clock, catalog, functions, cache, profiles, prompts, dispatcher };
  const runs: Runs = new Runs({
    ...shared,
    book,
    room: new RunRoom(open.callsMax ?? callsThatFit()),
    observer,
    logger: logger.child('runs'),
    turn,
    cacheSaltOf,
    defaultPolicy: settings.policy,
    ...(open.slowCacheMs === undefined ? {} : { slowCacheMs: open.slowCacheMs }),
    ...(open.newRunId === undefined ? {} : { newRunId: open.newRunId }),
  });
  const warmer = new PrefixWarmer(dispatcher, catalog, clock, cacheSaltOf);
  const { version } = open;
  const cluster = new Cluster({
    ...shared,
    warmer,
    heartbeatIntervalMs: heartbeatMs,
    version,
    onAttached: () => runs.modelsChanged(),
  });
  runs.resume(restored);
  tellResumed(restored, logger);
  const ports: Omit<Coordinator, 'prepare'> = {
    runs,
    workers: cluster,
    cluster,
    drain: (signal) => runs.drain(signal),
    async close() {
      dispatcher.close('the coordinator is shutting down');
      await writer?.close();
      saveProfiles();
      store.close();
      await Promise.all([functions.close(), cache.close(), scheduler.close()]);
    },
  };
  const die = () => {
    dispatcher.close('it died');
    writer?.abandon();
  };
  const { core } = dispatcher;
  return { ports, sources: sourcesOf(dispatcher, clock), core, catalog, runs, die };
}

function tellResumed(runs: readonly RestoredRun[], logger: Logger): void {
  const live = runs.filter(({ isEnded }) => !isEnded).length;
  if (live > 0) logger.info('runs of before this start go on', { runs: live });
}

function sourcesOf({ core }: Dispatcher, clock: Clock): CoordinatorSources {
  return {
    queueAge: () => core.waitingSeconds(clock.now()),
    queueCalls: () => core.waitingCallsByModel(),
    workers: () => core.registry.list().length,
  };
}

/** Tenants neither read nor time one another's KV: the salt is in front of every first block. */
export function kvSalt(secret: string, tenant: TenantId): string {
  return createHmac('sha256', secret).update(`helium.kv-salt.v1\0${tenant}`).digest('hex');
}

function modulesOf(setting: string): string[] {
  return setting
    .split(',')
    .map((path) => path.trim())
    .filter((path) => path !== '');
}

/** What is kept may be of another version; then a worker's attaching says what is wrong with it. */
function openKeptTokenizer(catalog: ModelCatalog, logger: Logger): void {
  try {
    catalog.prepare();
  } catch (error) {
    logger.warn('a kept tokenizer cannot be opened', { error });
  }
}

/** By the tokenizer that was opened last; nothing is learnt from it. */
function rehearsedMaking(catalog: ModelCatalog, clock: Clock): PromptMaking {
  const tokenizer = catalog.newestPrompts() ?? estimatingTokenizer();
  return {
    tokenizerOf: () => tokenizer,
    contextOf: () => undefined,
    profiles: new OutputProfiles([]),
    pacer: new Pacer(clock),
  };
}
