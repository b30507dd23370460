import { join } from 'node:path';
import type { Logger } from '@helium/shared/telemetry';
import type { RunJournal, StoredJournal } from './run-journal.ts';
import { SqliteRunJournal } from './sqlite-run-journal.ts';

const FILE_NAME = 'runs.sqlite';

export interface OpenedJournal {
  readonly journal: RunJournal;
  readonly stored: StoredJournal;
}

/** Opens the journal in the state folder and reads it. Throws STORE_UNAVAILABLE. */
export async function openRunJournal(stateFolder: string, logger: Logger): Promise<OpenedJournal> {
  const journal = new SqliteRunJournal(join(stateFolder, FILE_NAME), logger);
  try {
    return { journal, stored: await journal.load() };
  } catch (error) {
    await journal.close();
    throw error;
  }
}
