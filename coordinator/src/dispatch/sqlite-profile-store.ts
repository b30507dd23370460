import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Clock, HeliumError, makeFolders } from '@helium/shared';
import type { Logger } from '@helium/shared/telemetry';
import { inTransaction } from '../storage/in-transaction.ts';
import { SqliteFile } from '../storage/sqlite-file.ts';
import type { OutputProfile, ProfileStore } from './output-profiles.ts';

const FILE_NAME = 'profiles.sqlite';

/**
 * Keeps profiles in a SQLite file of the state folder. Throws STORE_UNAVAILABLE naming the file; one that is damaged
 * is set aside, which the log says: profiles are a help, not a promise.
 */
export function openProfileStore(
  stateFolder: string,
  logger: Logger,
  clock: Pick<Clock, 'now'>,
): ProfileStore {
  const path = join(stateFolder, FILE_NAME);
  const file = new SqliteFile({
    name: 'output profiles',
    path,
    open: () => openDatabase(stateFolder, path),
    prepare: prepareProfiles,
    onChange: (what, error) =>
      logger.warn(what, { path, ...(error === undefined ? {} : { error }) }),
    clock,
  });
  return {
    load: () => file.use(({ load }) => load()),
    save: (profiles) => file.use(({ save }) => save(profiles)),
    close: () => file.close(),
  };
}

function prepareProfiles(database: DatabaseSync): Pick<ProfileStore, 'load' | 'save'> {
  const select = database.prepare(
    'SELECT key, count, mean, squares, longest FROM profile ORDER BY seen',
  );
  const replace = database.prepare(
    `INSERT OR REPLACE INTO profile (key, count, mean, squares, longest, seen)
     VALUES (?, ?, ?, ?, ?, (SELECT coalesce(max(seen), 0) + 1 FROM profile))`,
  );
  return {
    load: () => select.all() as unknown as OutputProfile[],
    save(profiles) {
      inTransaction(database, () => {
        for (const { key, count, mean, squares, longest } of profiles) {
          replace.run(key, count, mean, squares, longest);
        }
      });
    },
  };
}

function openDatabase(folder: string, path: string): DatabaseSync {
  try {
    makeFolders(folder, 0o700);
    const database = new DatabaseSync(path);
    try {
      database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA busy_timeout = 2000;
      CREATE TABLE IF NOT EXISTS profile (
        key TEXT PRIMARY KEY, count INTEGER NOT NULL, mean REAL NOT NULL, squares REAL NOT NULL,
        longest INTEGER NOT NULL, seen INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS profile_seen ON profile (seen);`);
    } catch (error) {
      database.close();
      throw error;
    }
    return database;
  } catch (cause) {
    const message = `output profiles ${path}: ${(cause as Error).message}`;
    throw new HeliumError('STORE_UNAVAILABLE', message, { details: { path }, cause });
  }
}
