import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from '../storage/in-transaction.ts';

/** One stored entry. */
export interface StoredEntry {
  readonly storeKey: string;
  readonly sealed: Uint8Array;
}

/**
 * The statements over the entry table, prepared once. Synchronous; every one may throw SQLite's
 * errors.
 */
export interface SqliteEntries {
  /** The live values among these keys. */
  read(keys: readonly string[], life: Life): ReadonlyMap<string, Uint8Array>;
  /** Begins the life of these anew; of those used within the last second it has just begun. */
  renew(keys: readonly string[], life: Life): void;
  /**
   * Writes in one transaction, then deletes what expired and the least recently used above
   * `bytesMax`.
   */
  put(tenant: string, entries: readonly StoredEntry[], life: Life, bytesMax: number): void;
  /** Of the live ones. */
  totals(tenant: string, life: Life): { readonly entries: number; readonly bytes: number };
  /** Returns how many live ones it deleted. */
  deleteTenant(tenant: string, life: Life): number;
}

/** Wall time, and the last use at or before which an entry is dead by now. */
export interface Life {
  readonly nowMs: number;
  readonly deadMs: number;
}

/**
 * Key and columns beside the value, and what the indexes repeat of them: what an entry takes at
 * least.
 */
const ENTRY_OVERHEAD_BYTES = 300;

/** What an entry counts against the byte limit. */
export function entryBytes(sealed: Uint8Array): number {
  return sealed.length + ENTRY_OVERHEAD_BYTES;
}

/** A use is noted to the second: renewing is the dear part of a look-up. */
const RENEWAL_MS = 1000;
const AMONG = 'store_key IN (SELECT value FROM json_each(?))';

/** Prepares the statements. */
export function prepareEntries(database: DatabaseSync): SqliteEntries {
  const select = database.prepare(
    `SELECT store_key, sealed FROM entry WHERE ${AMONG} AND used_ms > ?`,
  );
  const renew = database.prepare(`UPDATE entry SET used_ms = ? WHERE ${AMONG} AND used_ms <= ?`);
  const recall = database.prepare('UPDATE entry SET used_ms = ? WHERE used_ms > ?');
  const upsert = database.prepare(
    `INSERT INTO entry VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
     sealed = excluded.sealed, bytes = excluded.bytes, used_ms = excluded.used_ms`,
  );
  const expire = database.prepare('DELETE FROM entry WHERE used_ms <= ?');
  const allBytes = database.prepare('SELECT coalesce(sum(bytes), 0) AS bytes FROM total');
  const evictOldest = database.prepare(
    `DELETE FROM entry WHERE rowid = (SELECT rowid FROM entry ORDER BY used_ms, rowid LIMIT 1)
     RETURNING bytes`,
  );
  const total = database.prepare('SELECT entries, bytes FROM total WHERE tenant = ?');
  const deleteTenant = database.prepare('DELETE FROM entry WHERE tenant = ?');

  const evict = (bytesMax: number) => {
    let bytes = Number(allBytes.get()?.bytes);
    while (bytes > bytesMax) bytes -= Number(evictOldest.get()?.bytes);
  };
  return {
    read(keys, { deadMs }) {
      const rows = select.all(JSON.stringify(keys), deadMs);
      return new Map(rows.map((r) => [r.store_key as string, r.sealed as Uint8Array]));
    },
    renew(keys, { nowMs }) {
      renew.run(nowMs, JSON.stringify(keys), nowMs - RENEWAL_MS);
    },
    put(tenant, entries, { nowMs, deadMs }, bytesMax) {
      inTransaction(database, () => {
        // Uses noted before the clock was set back; else what is stored now would be evicted before them.
        recall.run(nowMs, nowMs + RENEWAL_MS);
        for (const { storeKey, sealed } of entries) {
          upsert.run(storeKey, tenant, sealed, entryBytes(sealed), nowMs);
        }
        expire.run(deadMs);
        evict(bytesMax);
      });
    },
    totals(tenant, { deadMs }) {
      expire.run(deadMs);
      const row = total.get(tenant);
      return { entries: Number(row?.entries ?? 0), bytes: Number(row?.bytes ?? 0) };
    },
    deleteTenant(tenant, { deadMs }) {
      expire.run(deadMs);
      return Number(deleteTenant.run(tenant).changes);
    },
  };
}
