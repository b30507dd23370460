import { join } from 'node:path';
import { type Clock, ensureFolder, HeliumError, systemClock } from '@helium/shared';
import type { Settings } from '@helium/shared/config';
import {
  createCoordinatorMetrics,
  type Logger,
  noTelemetry,
  silentLogger,
  type Telemetry,
} from '@helium/shared/telemetry';
import { keptSecret } from './cache/cache-secret.ts';
import { openPromptCache } from './cache/index.ts';
import { keepJournal } from './dispatch/keep-journal.ts';
import { prepareRuns } from './dispatch/prepare-runs.ts';
import type { Retention } from './dispatch/run-book.ts';
import { RunObserver } from './dispatch/run-observer.ts';
import { ScheduleThread } from './dispatch/schedule-thread.ts';
import { openProfileStore } from './dispatch/sqlite-profile-store.ts';
import { createTokenizerStore } from './dispatch/tokenizer-store.ts';
import { loadFunctions } from './functions/index.ts';
import { openRunJournal } from './journal/index.ts';
import { requirePolicy } from './scheduler/index.ts';
import { readStorageKeys } from './storage/storage-keys.ts';
import { type WiredPorts, wireCoordinator } from './wire-coordinator.ts';

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
  /** Ends the wait for a journal that another coordinator has, or that is away; making one rejects then. */
  readonly signal?: AbortSignal;
}

/** A coordinator without its wire: `api/` puts the ports on sockets, the simulation in memory. */
export interface Coordinator extends WiredPorts {
  /**
   * Does ahead what the first worker and run would wait for: 0.2 s in which nothing else is answered, then
   * half a second in steps, until a run comes.
   */
  prepare(): void;
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
 * Opens what the settings name and makes a coordinator of it. Throws CONFIG_INVALID or STORE_UNAVAILABLE for
 * what cannot be had.
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
    signal: place.signal,
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
  const prepare = () => prepareRuns({ ...coordinator, scheduler, clock, logger });
  return { ...coordinator.ports, prepare };
}

function modulesOf(setting: string): string[] {
  return setting
    .split(',')
    .map((path) => path.trim())
    .filter((path) => path !== '');
}
