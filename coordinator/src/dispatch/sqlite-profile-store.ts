import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { HeliumError, makeFolders } from '@helium/shared';
import type { OutputProfile, ProfileStore } from './output-profiles.ts';

const FILE_NAME = 'profiles.sqlite';

/** Keeps profiles in a SQLite file of the state folder. Throws STORE_UNAVAILABLE naming the file. */
export function openProfileStore(stateFolder: string): ProfileStore {
  const path = join(stateFolder, FILE_NAME);
  const database = openDatabase(stateFolder, path);
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
      database.exec('BEGIN');
      for (const { key, count, mean, squares, longest } of profiles) {
        replace.run(key, count, mean, squares, longest);
      }
      database.exec('COMMIT');
    },
    close: () => database.close(),
  };
}

function openDatabase(folder: string, path: string): DatabaseSync {
  try {
    makeFolders(folder, 0o700);
    const database = new DatabaseSync(path);
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA busy_timeout = 2000;
      CREATE TABLE IF NOT EXISTS profile (
        key TEXT PRIMARY KEY, count INTEGER NOT NULL, mean REAL NOT NULL, squares REAL NOT NULL,
        longest INTEGER NOT NULL, seen INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS profile_seen ON profile (seen);`);
    return database;
  } catch (cause) {
    const message = `output profiles ${path}: ${(cause as Error).message}`;
    throw new HeliumError('STORE_UNAVAILABLE', message, { details: { path }, cause });
  }
}
