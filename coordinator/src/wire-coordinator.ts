import { createHmac } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Clock, RunId, TenantId } from '@helium/shared';
import type { Settings } from '@helium/shared/config';
import type { CoordinatorSources, Logger } from '@helium/shared/telemetry';
import type { PromptCache } from './cache/index.ts';
import { Cluster } from './dispatch/cluster.ts';
import type { CoordinatorPorts } from './dispatch/cluster-port.ts';
import { absentWaitMs } from './dispatch/core/worker-desk.ts';
import { Dispatcher } from './dispatch/dispatcher.ts';
import { improvePlaces } from './dispatch/improve-places.ts';
import { JournalWriter } from './dispatch/journal-writer.ts';
import { type LivePrompt, LivePrompts, renewLength } from './dispatch/live-prompts.ts';
import { ModelCatalog } from './dispatch/model-catalog.ts';
import { OutputProfiles, type ProfileStore } from './dispatch/output-profiles.ts';
import { placeCalls } from './dispatch/place-calls.ts';
import { PrefixWarmer } from './dispatch/prefix-warmer.ts';
import { type RestoredRun, restoreRun } from './dispatch/restore-run.ts';
import { DEFAULT_RETENTION, type Retention, RunBook } from './dispatch/run-book.ts';
import type { RunObserver } from './dispatch/run-observer.ts';
import type { RunEventBody } from './dispatch/run-port.ts';
import { callsThatFit, charactersThatFit, RunRoom } from './dispatch/run-room.ts';
import { Runs } from './dispatch/runs.ts';
import { profileSaver } from './dispatch/save-profiles.ts';
import { makeSchedule } from './dispatch/schedule-maker.ts';
import type { ScheduleThread } from './dispatch/schedule-thread.ts';
import { parseTenantWeights } from './dispatch/tenant-weights.ts';
import type { TokenizerStore } from './dispatch/tokenizer-store.ts';
import type { FunctionHost } from './functions/index.ts';
import type { OpenedJournal } from './journal/index.ts';
import { modelName } from './plan/index.ts';

/** The settings by which rooms work together; others say what is opened. */
export type WiringSettings = Pick<
  Settings,
  'policy' | 'improve-ms' | 'tenant-weights' | 'heartbeat-ms' | 'worker-timeout-ms'
>;

/** A coordinator without its wire. */
export interface WiredPorts extends CoordinatorPorts {
  /** Takes no new runs; resolves when none is live, or at the signal. */
  drain(signal: AbortSignal): Promise<void>;
  /** Ends every attachment and closes cache, functions and profiles. */
  close(): Promise<void>;
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

/** Joins the rooms: the one place where all of them meet. Opens nothing. */
export function wireCoordinator(settings: WiringSettings, open: OpenParts) {
  const { clock, logger, functions, cache, observer, store, secret, scheduler } = open;
  const catalog = new ModelCatalog(open.tokenizers, (version) =>
    dispatcher.core.registry.lasting(version),
  );
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
  const times = { heartbeatMs, timeoutMs: settings['worker-timeout-ms'] };
  const dispatcher: Dispatcher = new Dispatcher({
    clock,
    times,
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
    absentWaitMs: absentWaitMs(times),
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
    runsPlanned: () => runs.planned(),
  });
  runs.resume(restored);
  tellResumed(restored, logger);
  const ports: WiredPorts = {
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
    modelVersions: () =>
      Map.groupBy(core.registry.models(), modelName)
        .entries()
        .map(([name, versions]) => [name, versions.length] as const),
  };
}

/** Tenants neither read nor time one another's KV: the salt is in front of every first block. */
export function kvSalt(secret: string, tenant: TenantId): string {
  return createHmac('sha256', secret).update(`helium.kv-salt.v1\0${tenant}`).digest('hex');
}
