import { join } from 'node:path';
import type { Settings } from '@helium/shared/config';
import type { Logger } from '@helium/shared/telemetry';
import type { RunJournal, StoredJournal } from './run-journal.ts';
import { SqliteRunJournal } from './sqlite-run-journal.ts';

const FILE_NAME = 'runs.sqlite';

export interface OpenedJournal {
  readonly journal: RunJournal;
  readonly stored: StoredJournal;
}

export interface RunJournalPlace {
  /** Folder of the embedded store. */
  readonly stateFolder: string;
  readonly logger: Logger;
  /** Another coordinator has taken the journal over: this one has to end. */
  readonly onFenced: (message: string) => void;
}

/**
 * Opens the runs' journal and reads it: in Redis where `redis-url` is set, else in the state folder; none where the
 * settings say so. Throws CONFIG_INVALID, or STORE_UNAVAILABLE also while another coordinator has it.
 */
export async function openRunJournal(
  settings: Pick<Settings, 'run-journal' | 'run-journal-name' | 'redis-url'>,
  place: RunJournalPlace,
): Promise<OpenedJournal | undefined> {
  if (settings['run-journal'] === 'off') return undefined;
  const journal = await open(settings, place);
  try {
    return { journal, stored: await journal.load() };
  } catch (error) {
    await journal.close();
    throw error;
  }
}

async function open(
  settings: Pick<Settings, 'run-journal-name' | 'redis-url'>,
  { stateFolder, logger, onFenced }: RunJournalPlace,
): Promise<RunJournal> {
  const { 'redis-url': url, 'run-journal-name': name } = settings;
  if (url === '') return new SqliteRunJournal(join(stateFolder, FILE_NAME), logger);
  // Loads the Redis client, which the embedded store has no use for.
  const { RedisRunJournal } = await import('./redis-run-journal.ts');
  return RedisRunJournal.open({ url, name, logger, onFenced });
}
