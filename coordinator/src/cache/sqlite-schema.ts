import { closeSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { HeliumError, makeFolders } from '@helium/shared';

/** 'HeCa': says in the file's header whose it is. */
const APPLICATION_ID = 0x48654361;
const SCHEMA_VERSION = 1;
/** Time one process waits for another's write. It blocks the caller's thread, so it is short. */
const BUSY_MS = 1000;

/**
 * Pages of 4 KiB that the log beside the file takes before they are moved into it, which waits for the disk. Keys
 * come in no order, so a page is often written again before that.
 */
const LOG_PAGES = 8192;

/**
 * Entries, and per tenant their count and bytes, kept by triggers so that statistics and eviction
 * cost nothing extra. `used_ms` is wall time: what is evicted or expires is found by it alone.
 */
const SCHEMA = `
  CREATE TABLE entry (
    store_key TEXT PRIMARY KEY,
    tenant TEXT NOT NULL,
    sealed BLOB NOT NULL,
    bytes INTEGER NOT NULL,
    used_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX entry_tenant ON entry (tenant);
  CREATE INDEX entry_used ON entry (used_ms);
  CREATE TABLE total (
    tenant TEXT PRIMARY KEY,
    entries INTEGER NOT NULL,
    bytes INTEGER NOT NULL
  ) STRICT;
  CREATE TRIGGER entry_inserted AFTER INSERT ON entry BEGIN
    INSERT INTO total VALUES (new.tenant, 1, new.bytes)
    ON CONFLICT DO UPDATE SET entries = entries + 1, bytes = bytes + excluded.bytes;
  END;
  CREATE TRIGGER entry_replaced AFTER UPDATE OF bytes ON entry BEGIN
    UPDATE total SET bytes = bytes + new.bytes - old.bytes WHERE tenant = new.tenant;
  END;
  CREATE TRIGGER entry_deleted AFTER DELETE ON entry BEGIN
    UPDATE total SET entries = entries - 1, bytes = bytes - old.bytes WHERE tenant = old.tenant;
  END;
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${SCHEMA_VERSION};
`;

/**
 * Opens or makes the file, readable by its owner only, in write-ahead mode. ':memory:' has no file.
 * Throws STORE_UNAVAILABLE that names the path: not writable, full, not a database, another
 * program's, or of another version.
 */
export function openDatabase(path: string): DatabaseSync {
  try {
    if (path !== ':memory:') makePrivateFile(path);
    const database = new DatabaseSync(path, { timeout: BUSY_MS });
    try {
      prepareSchema(database);
    } catch (error) {
      database.close();
      throw error;
    }
    return database;
  } catch (cause) {
    const message = `prompt cache ${path} cannot be used: ${(cause as Error).message}`;
    throw new HeliumError('STORE_UNAVAILABLE', message, { details: { path }, cause });
  }
}

/** SQLite gives its side files the mode of the main one. */
function makePrivateFile(path: string): void {
  makeFolders(dirname(path), 0o700);
  closeSync(openSync(path, 'a', 0o600));
}

/** In one exclusive transaction, so that two processes may make the same file at once. */
function prepareSchema(database: DatabaseSync): void {
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
  database.exec(`PRAGMA wal_autocheckpoint = ${LOG_PAGES}`);
  database.exec('BEGIN EXCLUSIVE');
  const applicationId = pragma(database, 'application_id');
  const version = pragma(database, 'user_version');
  const tables = database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()?.tables;
  if (tables === 0) {
    database.exec(SCHEMA);
  } else if (applicationId !== APPLICATION_ID) {
    throw new Error('it belongs to another program');
  } else if (version !== SCHEMA_VERSION) {
    throw new Error(`it has format ${version}, this version of Helium reads ${SCHEMA_VERSION}`);
  }
  database.exec('COMMIT');
}

function pragma(database: DatabaseSync, name: string): unknown {
  return database.prepare(`PRAGMA ${name}`).get()?.[name];
}
