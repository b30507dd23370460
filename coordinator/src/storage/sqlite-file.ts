import { existsSync, renameSync, rmSync, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '@helium/shared';
import { isDamage, sqliteCodeOf } from './sqlite-errors.ts';

/** Between two attempts to open a file that could not be opened, ms. */
const RETRY_MS = 1000;

/** Extended: the file, or the log beside it, ends before what its index says. */
const CANNOT_READ: readonly unknown[] = [266, 522];

export interface SqliteFileOptions<T> {
  /** What it holds, for messages. */
  readonly name: string;
  /** A file, or ':memory:'. */
  readonly path: string;
  /** Opens or makes the database. Its errors are thrown as they are. */
  readonly open: (path: string) => DatabaseSync;
  /** What is used of an open database. */
  readonly prepare: (database: DatabaseSync) => T;
  /** Told in words of every file that was set aside, lost or made anew. */
  readonly onChange: (what: string, error?: unknown) => void;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * A database whose contents may be lost without harm, kept usable whatever is done to its file: one that is damaged is
 * set aside as `….damaged` and begun anew, one that was removed or replaced while open is noticed (what would go
 * into it were gone with the process) and opened anew. Several processes of a machine may share it.
 */
export class SqliteFile<T> {
  readonly #options: SqliteFileOptions<T>;
  #open: { readonly database: DatabaseSync; readonly use: T; readonly inode: unknown } | undefined;
  #failed: { readonly error: unknown; readonly atMs: number } | undefined;

  /** Throws what `open` throws, of a file that is not damaged. */
  constructor(options: SqliteFileOptions<T>) {
    this.#options = options;
    this.#open = this.#openAnew();
  }

  /** Throws what `act` and `open` throw. What was read and written of a damaged file is forgotten; `act` sees the new one. */
  use<Result>(act: (use: T) => Result): Result {
    try {
      return act(this.#current());
    } catch (error) {
      if (isDamage(error)) this.#setAside(error);
      else if (CANNOT_READ.includes(sqliteCodeOf(error))) this.#close();
      else throw error;
    }
    try {
      return act(this.#current());
    } catch (error) {
      // Another process may hold on to an index of what is not there: opening it again does not help.
      if (!CANNOT_READ.includes(sqliteCodeOf(error))) throw error;
      this.#setAside(error);
      return act(this.#current());
    }
  }

  close(): void {
    this.#close();
  }

  #current(): T {
    const { name, path, onChange } = this.#options;
    if (this.#open !== undefined && this.#open.inode !== inodeOf(path)) {
      const what = existsSync(path) ? 'replaced' : 'removed';
      onChange(`${name}: the file was ${what} while in use; what it held is lost`);
      // Never closed: SQLite would remove the log beside the new file, by its name.
      this.#open = undefined;
    }
    this.#open ??= this.#openLater();
    return this.#open.use;
  }

  /** As `#openAnew`, not more often than is of use. */
  #openLater() {
    const { clock } = this.#options;
    const failed = this.#failed;
    if (failed !== undefined && clock.now() - failed.atMs < RETRY_MS) throw failed.error;
    try {
      const open = this.#openAnew();
      this.#failed = undefined;
      return open;
    } catch (error) {
      this.#failed = { error, atMs: clock.now() };
      throw error;
    }
  }

  #openAnew() {
    const { path, open, prepare } = this.#options;
    const once = () => {
      const database = open(path);
      return { database, use: prepare(database), inode: inodeOf(path) };
    };
    try {
      return once();
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#setAside(error);
      return once();
    }
  }

  /** What another process has set aside already is only left. */
  #setAside(error: unknown): void {
    const { name, path, onChange } = this.#options;
    const isOurs = this.#open === undefined || this.#open.inode === inodeOf(path);
    this.#close();
    if (!isOurs || path === ':memory:') return;
    const aside = `${path}.damaged`;
    rmSync(aside, { force: true, recursive: true });
    if (existsSync(path)) renameSync(path, aside);
    for (const suffix of ['-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
    onChange(`${name}: the file is damaged; it was set aside as ${aside} and begun anew`, error);
  }

  #close(): void {
    const database = this.#open?.database;
    this.#open = undefined;
    try {
      if (database?.isOpen) database.close();
    } catch (error) {
      // Closing writes what the log has; of a damaged file nobody needs that.
      if (!isDamage(error) && !CANNOT_READ.includes(sqliteCodeOf(error))) throw error;
    }
  }
}

function inodeOf(path: string): unknown {
  const { dev, ino } = path === ':memory:' ? {} : (statSync(path, { throwIfNoEntry: false }) ?? {});
  return `${dev}/${ino}`;
}
