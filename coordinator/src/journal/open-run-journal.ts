import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Settings } from '@helium/shared/config';
import type { Logger } from '@helium/shared/telemetry';
import { isBusy } from '../storage/sqlite-errors.ts';
import type { StorageKeys } from '../storage/storage-keys.ts';
import type { RunJournal, StoredJournal } from './run-journal.ts';
import { SealedRunJournal } from './sealed-run-journal.ts';
import { SqliteRunJournal } from './sqlite-run-journal.ts';

const FILE_NAME = 'runs.sqlite';

/** Longer than a coordinator takes to stop: one that replaces it is started while it still drains. */
const WAIT_MS = 40_000;
const RETRY_MS = 500;

export interface OpenedJournal {
  readonly journal: RunJournal;
  readonly stored: StoredJournal;
}

export interface RunJournalPlace {
  /** Folder of the embedded store. */
  readonly stateFolder: string;
  readonly logger: Logger;
  /** How long a coordinator that has the file is waited for, ms. */
  readonly waitMs?: number;
  /** Ends the wait for the journal, which rejects then. */
  readonly signal?: AbortSignal | undefined;
  /** Seal what is written; default: nothing does. */
  readonly keys?: StorageKeys | undefined;
  /** Another coordinator has taken the journal over: this one has to end. */
  readonly onFenced: (message: string) => void;
}

/**
 * Opens the runs' journal and reads it: in Redis where `redis-url` is set, else in the state folder; none where the
 * settings say so. Throws CONFIG_INVALID, also where it is sealed with none of the keys, or
 * STORE_UNAVAILABLE also while another coordinator has it.
 */
export async function openRunJournal(
  settings: Pick<Settings, 'run-journal' | 'run-journal-name' | 'redis-url'>,
  place: RunJournalPlace,
): Promise<OpenedJournal | undefined> {
  if (settings['run-journal'] === 'off') return undefined;
  const journal = new SealedRunJournal(await open(settings, place), place.keys);
  try {
    return { journal, stored: await journal.load() };
  } catch (error) {
    await journal.close();
    throw error;
  }
}

async function open(
  settings: Pick<Settings, 'run-journal-name' | 'redis-url'>,
  { stateFolder, logger, onFenced, signal, waitMs = WAIT_MS }: RunJournalPlace,
): Promise<RunJournal> {
  const { 'redis-url': url, 'run-journal-name': name } = settings;
  if (url === '') return openFile(join(stateFolder, FILE_NAME), logger, waitMs, signal);
  // Loads the Redis client, which the embedded store has no use for.
  const { RedisRunJournal } = await import('./redis-run-journal.ts');
  return RedisRunJournal.open({ url, name, logger, onFenced, signal });
}

/** Waits while another coordinator has it. */
async function openFile(
  path: string,
  logger: Logger,
  waitMs: number,
  signal: AbortSignal | undefined,
): Promise<RunJournal> {
  const deadline = performance.now() + waitMs;
  for (let isTold = false; ; isTold = true) {
    try {
      return new SqliteRunJournal(path, logger);
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline) throw error;
      if (!isTold) logger.info('waiting for the run journal', { error: (error as Error).message });
    }
    await sleep(RETRY_MS, undefined, { signal });
  }
}
