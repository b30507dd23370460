import { existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { HeliumError, makeFolders, type RunId } from '@helium/shared';
import type { Logger } from '@helium/shared/telemetry';
import { inTransaction } from '../storage/in-transaction.ts';
import { isBusy, isDamage } from '../storage/sqlite-errors.ts';
import type { RunEntries, RunJournal, StoredJournal, StoredRequest } from './run-journal.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS meta (
    one INTEGER PRIMARY KEY CHECK (one = 1), layout INTEGER NOT NULL, epoch INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS run (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, accepted TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS entry (number INTEGER PRIMARY KEY, run INTEGER NOT NULL, lines TEXT NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS entry_run ON entry (run);
  CREATE TABLE IF NOT EXISTS request (
    number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, run TEXT NOT NULL, at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS request_at ON request (at);`;

/** Of these tables. A file of a later layout is left alone. */
const LAYOUT = 1;

/**
 * A journal in a SQLite file. What is accepted is on the disk when `accept` resolves; what is appended is with the
 * operating system, which keeps it when this process dies and may lose the last of it with the power. The file is
 * locked for as long as the journal is open. A damaged one is set aside under a name of its own, which the log tells
 * as an error, for runs that were promised are lost with it.
 */
export class SqliteRunJournal implements RunJournal {
  readonly epoch: number;
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #inode: string;
  readonly #statements: ReturnType<typeof prepare>;

  /** Throws STORE_UNAVAILABLE naming the file: it cannot be used, or another coordinator has it. */
  constructor(path: string, logger: Logger) {
    this.#path = path;
    this.#database = openOrSetAside(path, logger);
    this.#inode = inodeOf(path);
    this.#statements = prepare(this.#database);
    this.epoch = this.#statements.nextEpoch();
  }

  async load(): Promise<StoredJournal> {
    return this.#tell(() => this.#statements.load());
  }

  async accept(run: RunId, accepted: string): Promise<void> {
    // On the disk with all that was written before: the log is one file.
    this.#tell(() => {
      this.#database.exec('PRAGMA synchronous = FULL');
      try {
        this.#statements.accept(run, accepted);
      } finally {
        this.#database.exec('PRAGMA synchronous = NORMAL');
      }
    });
  }

  async append(group: readonly RunEntries[]): Promise<void> {
    this.#tell(() => inTransaction(this.#database, () => this.#statements.append(group)));
  }

  async forget(
    runs: readonly RunId[],
    requests: readonly StoredRequest[],
    sinceMs: number,
  ): Promise<void> {
    this.#tell(() =>
      inTransaction(this.#database, () => this.#statements.forget(runs, requests, sinceMs)),
    );
  }

  async close(): Promise<void> {
    if (!this.#database.isOpen) return;
    // Never closed where another file has its name: SQLite would remove the log beside that.
    if (this.#inode === inodeOf(this.#path)) this.#database.close();
  }

  #tell<T>(act: () => T): T {
    if (this.#inode !== inodeOf(this.#path)) {
      const what = existsSync(this.#path) ? 'replaced' : 'removed';
      const message = `run journal ${this.#path}: the file was ${what} while in use; start anew to begin another`;
      throw new HeliumError('STORE_UNAVAILABLE', message, { details: { path: this.#path } });
    }
    try {
      return act();
    } catch (cause) {
      throw unavailable(this.#path, cause);
    }
  }
}

function prepare(database: DatabaseSync) {
  const runs = database.prepare('SELECT number, id, accepted FROM run ORDER BY number');
  const entries = database.prepare('SELECT run, lines FROM entry ORDER BY number');
  const requests = database.prepare('SELECT key, run, at FROM request ORDER BY number');
  const insertRun = database.prepare('INSERT INTO run (id, accepted) VALUES (?, ?)');
  const insertEntry = database.prepare(
    'INSERT INTO entry (run, lines) SELECT number, ? FROM run WHERE id = ?',
  );
  const dropEntries = database.prepare(
    'DELETE FROM entry WHERE run = (SELECT number FROM run WHERE id = ?)',
  );
  const dropRun = database.prepare('DELETE FROM run WHERE id = ?');
  const insertRequest = database.prepare(
    'INSERT OR REPLACE INTO request (key, run, at) VALUES (?, ?, ?)',
  );
  const dropRequests = database.prepare('DELETE FROM request WHERE at < ?');
  const raise = database.prepare('UPDATE meta SET epoch = epoch + 1 RETURNING epoch');
  return {
    nextEpoch: () => (raise.get() as { epoch: number }).epoch,
    load(): StoredJournal {
      const lines = new Map<number, string[]>();
      for (const row of entries.iterate() as Iterable<{ run: number; lines: string }>) {
        const known = lines.get(row.run);
        const more = row.lines.split('\n');
        if (known === undefined) lines.set(row.run, more);
        else for (const line of more) known.push(line);
      }
      const found = runs.all() as { number: number; id: string; accepted: string }[];
      const asked = requests.all() as { key: string; run: string; at: number }[];
      return {
        runs: found.map(({ number, id, accepted }) => ({
          id: id as RunId,
          accepted,
          entries: lines.get(number) ?? [],
        })),
        requests: asked.map(({ key, run, at }) => ({ key, run: run as RunId, atMs: at })),
      };
    },
    accept: (run: RunId, accepted: string) => void insertRun.run(run, accepted),
    append(group: readonly RunEntries[]) {
      for (const each of group) insertEntry.run(each.entries.join('\n'), each.run);
    },
    forget(gone: readonly RunId[], asked: readonly StoredRequest[], sinceMs: number) {
      for (const run of gone) {
        dropEntries.run(run);
        dropRun.run(run);
      }
      for (const { key, run, atMs } of asked) insertRequest.run(key, run, Math.round(atMs));
      dropRequests.run(Math.round(sinceMs));
    },
  };
}

function openOrSetAside(path: string, logger: Logger): DatabaseSync {
  try {
    makeFolders(dirname(path), 0o700);
    return open(path);
  } catch (error) {
    if (!isDamage(error) && !(error instanceof DamageError)) throw unavailable(path, error);
    setAside(path, error, logger);
  }
  try {
    return open(path);
  } catch (error) {
    throw unavailable(path, error);
  }
}

function open(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  try {
    // Locked before the log is there, so that nobody else ever maps it; by the system, so that a death unlocks it.
    database.exec(`PRAGMA busy_timeout = 2000; PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;`);
    inTransaction(database, () => {
      database.exec(SCHEMA);
      database.exec(`INSERT OR IGNORE INTO meta (one, layout, epoch) VALUES (1, ${LAYOUT}, 0)`);
    });
    const { layout } = database.prepare('SELECT layout FROM meta').get() as { layout: number };
    if (layout > LAYOUT) {
      throw new Error(`it has layout ${layout}, this version knows up to ${LAYOUT}; use the newer`);
    }
    const [found] = database.prepare('PRAGMA quick_check(1)').all() as { quick_check: string }[];
    if (found?.quick_check !== 'ok') throw new DamageError(String(found?.quick_check));
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Found by looking, before SQLite stumbled on it. */
class DamageError extends Error {}

/** Never over what was set aside before: each may hold runs that somebody was promised. */
function setAside(path: string, error: unknown, logger: Logger): void {
  let aside = `${path}.damaged`;
  for (let n = 2; existsSync(aside); n++) aside = `${path}.damaged-${n}`;
  renameSync(path, aside);
  for (const suffix of ['-wal', '-shm']) {
    if (existsSync(`${path}${suffix}`)) renameSync(`${path}${suffix}`, `${aside}${suffix}`);
    rmSync(`${path}${suffix}`, { force: true });
  }
  logger.error(
    'the run journal is damaged: runs that were accepted are lost with it; it was set aside and another begun',
    { path, aside, error },
  );
}

function unavailable(path: string, cause: unknown): HeliumError {
  const reason = isBusy(cause)
    ? 'another coordinator has it open; one home serves one coordinator'
    : (cause as Error).message;
  const message = `run journal ${path}: ${reason}`;
  return new HeliumError('STORE_UNAVAILABLE', message, { details: { path }, cause });
}

function inodeOf(path: string): string {
  const { dev, ino } = statSync(path, { throwIfNoEntry: false }) ?? {};
  return `${dev}/${ino}`;
}
