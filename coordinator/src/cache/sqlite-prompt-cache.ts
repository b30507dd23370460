import { type Clock, HeliumError, systemClock, type TenantId } from '@helium/shared';
import type { Logger, PromptCacheMetrics } from '@helium/shared/telemetry';
import { SqliteFile } from '../storage/sqlite-file.ts';
import { CacheLedger, type CacheOperation } from './cache-ledger.ts';
import { openValues } from './open-values.ts';
import type { CacheEntry, CacheStatistics, PromptCache } from './prompt-cache.ts';
import { sealValue, type ValueSecrets } from './sealed-value.ts';
import { splitBatches } from './split-batches.ts';
import { entryBytes, type Life, prepareEntries, type SqliteEntries } from './sqlite-entries.ts';
import { openDatabase } from './sqlite-schema.ts';
import { storeKey, tenantHash } from './store-key.ts';
import { WriteGroups } from './write-groups.ts';

export interface SqlitePromptCacheOptions extends ValueSecrets {
  /** A file, or ':memory:'. */
  readonly path: string;
  /** Life of any entry of the file from its last use, which is noted to the second; 0: for ever. */
  readonly ttlSeconds: number;
  /**
   * Above it the least recently used entries go, of whichever tenant. The file is some tenths
   * larger, and beside it is a log of 32 MiB and a little at most.
   */
  readonly maxBytes: number;
  readonly logger: Logger;
  readonly metrics: PromptCacheMetrics;
  readonly clock?: Clock;
}

/**
 * Opens the prompt cache in a SQLite file, which several processes of a machine may share. Throws STORE_UNAVAILABLE,
 * with the path. A damaged file is set aside and begun anew, one that was removed or replaced while open is opened
 * anew. Other faults later (a full disk) are counted and logged, and answered as misses. Requests block the thread:
 * some 25 µs an entry that is read, 60 µs one that is written or whose life is renewed. Stores that come close
 * together are one write, after some ms; whoever asks this cache finds them at once.
 */
export function createSqlitePromptCache(options: SqlitePromptCacheOptions): PromptCache {
  return new SqlitePromptCache(options);
}

/** What a look-up may take without being called slow, and what is added for each entry. */
const SLOW_MS = 100;
const SLOW_MS_ENTRY = 0.1;

class SqlitePromptCache implements PromptCache {
  readonly #options: SqlitePromptCacheOptions;
  readonly #clock: Clock;
  readonly #file: SqliteFile<SqliteEntries>;
  readonly #ledger: CacheLedger;
  readonly #writes: WriteGroups;

  constructor(options: SqlitePromptCacheOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#ledger = new CacheLedger(options.path, options.logger, options.metrics, this.#clock);
    this.#file = new SqliteFile({
      name: 'prompt cache',
      path: options.path,
      open: openDatabase,
      prepare: prepareEntries,
      onChange: (what, error) => this.#ledger.fileChanged(what, error),
      clock: this.#clock,
    });
    this.#writes = new WriteGroups(this.#clock, (tenant, entries) => this.#write(tenant, entries));
  }

  async fetchMany(tenant: TenantId, keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const hits = new Map<string, string>();
    const others: string[] = [];
    for (const key of new Set(keys)) {
      const waiting = this.#writes.find(tenant, key);
      if (waiting === undefined) others.push(key);
      else hits.set(key, waiting);
    }
    this.#ledger.lookedUp(tenant, { hits: hits.size, misses: 0, rejected: 0 });
    for (const [key, text] of this.#read(tenant, others)) hits.set(key, text);
    return hits;
  }

  storeMany(tenant: TenantId, entries: readonly CacheEntry[]): Promise<void> {
    return this.#writes.add(tenant, entries);
  }

  async statistics(tenant: TenantId): Promise<CacheStatistics> {
    this.#writes.flush();
    const totals = this.#attempt(tenant, 'statistics', (entries) =>
      entries.totals(tenantHash(tenant), this.#life()),
    );
    const { reachable } = this.#ledger;
    const { entries, bytes } = totals ?? { entries: 0, bytes: 0 };
    return { store: 'sqlite', reachable, entries, bytes, ...this.#ledger.countsOf(tenant) };
  }

  /** Throws STORE_UNAVAILABLE: who asked for emptiness must know that it is not so. */
  async clear(tenant: TenantId): Promise<number> {
    this.#writes.flush();
    const removed = this.#attempt(tenant, 'clear', (entries) =>
      entries.deleteTenant(tenantHash(tenant), this.#life()),
    );
    if (removed !== undefined) return removed;
    const { path } = this.#options;
    const message = `prompt cache ${path} cannot be cleared; its last error is in the log`;
    throw new HeliumError('STORE_UNAVAILABLE', message, { details: { path } });
  }

  async close(): Promise<void> {
    this.#writes.flush();
    this.#file.close();
  }

  #read(tenant: TenantId, keys: readonly string[]): ReadonlyMap<string, string> {
    if (keys.length === 0) return new Map();
    const wanted = keys.map((key) => ({ key, storeKey: storeKey(tenant, key) }));
    const names = wanted.map((entry) => entry.storeKey);
    const life = this.#life();
    const startMs = performance.now();
    const found = this.#attempt(tenant, 'fetch', (file) => file.read(names, life));
    if (found !== undefined) this.#took('fetch', startMs, names.length);
    const entries = wanted.map((w) => ({ ...w, sealed: found?.get(w.storeKey) ?? null }));
    const { hits, counts } = openValues(this.#options, entries);
    this.#ledger.lookedUp(tenant, counts);
    if (hits.size > 0) {
      const used = [...hits.keys()].map((key) => storeKey(tenant, key));
      this.#attempt(tenant, 'store', (file) => file.renew(used, life));
    }
    return hits;
  }

  #write(tenant: TenantId, entries: readonly CacheEntry[]): void {
    const { maxBytes } = this.#options;
    const sealed = entries.map(({ key, text }) => {
      const name = storeKey(tenant, key);
      return { storeKey: name, sealed: sealValue(this.#options, name, text) };
    });
    const fitting = sealed.filter((entry) => {
      const bytes = entryBytes(entry.sealed);
      if (bytes > maxBytes) this.#ledger.tooLarge(tenant, bytes, maxBytes);
      return bytes <= maxBytes;
    });
    for (const batch of splitBatches(fitting, (entry) => entry.sealed.length)) {
      this.#attempt(tenant, 'store', (file) => {
        const startMs = performance.now();
        file.put(tenantHash(tenant), batch, this.#life(), maxBytes);
        this.#took('store', startMs, batch.length);
        this.#ledger.stored(tenant, batch.length);
      });
    }
  }

  /** The whole process waits for the file, whatever else it could do. */
  #took(operation: 'fetch' | 'store', startMs: number, entries: number): void {
    const ms = performance.now() - startMs;
    this.#ledger.took(operation, { ms, waitedMs: ms, limitMs: SLOW_MS + entries * SLOW_MS_ENTRY });
  }

  #life(): Life {
    const nowMs = this.#clock.wallTime();
    const { ttlSeconds } = this.#options;
    const deadMs = ttlSeconds === 0 ? Number.MIN_SAFE_INTEGER : nowMs - ttlSeconds * 1000;
    return { nowMs, deadMs };
  }

  /** Undefined when the store failed, which is counted. */
  #attempt<T>(
    tenant: TenantId,
    operation: CacheOperation,
    act: (entries: SqliteEntries) => T,
  ): T | undefined {
    try {
      const result = this.#file.use(act);
      this.#ledger.cameBack();
      return result;
    } catch (error) {
      if (operation === 'store') this.#ledger.refused(tenant, operation, error);
      else this.#ledger.failed(tenant, operation, error);
      return undefined;
    }
  }
}
