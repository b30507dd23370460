import type { TenantId } from '@helium/shared';

/**
 * Results of deterministic operators by key, for every coordinator of a deployment. A store that
 * cannot be reached is not an error: it is no hits, counted in `errors`, and it is tried again.
 */
export interface PromptCache {
  /** All look-ups of a plan in one round trip. Keys absent from the answer are misses. */
  fetchMany(tenant: TenantId, keys: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Resolves when stored, or counted as an error. */
  storeMany(tenant: TenantId, entries: readonly CacheEntry[]): Promise<void>;
  statistics(tenant: TenantId): Promise<CacheStatistics>;
  /** Removes the tenant's entries; returns how many. */
  clear(tenant: TenantId): Promise<number>;
  close(): Promise<void>;
}

export interface CacheEntry {
  /** 64 hex digits. */
  readonly key: string;
  readonly text: string;
}

export interface CacheStatistics {
  readonly store: 'redis' | 'sqlite';
  readonly reachable: boolean;
  /** 0 where the store does not answer; in Redis one may be missed or counted twice while keys come and go. */
  readonly entries: number;
  /** Of entries in the store, as exact as their number. */
  readonly bytes: number;
  readonly hits: number;
  readonly misses: number;
  readonly stores: number;
  /** Round trips that failed and were answered as misses. */
  readonly errors: number;
  /** Entries whose MAC did not verify: counted as misses. */
  readonly rejected: number;
}
