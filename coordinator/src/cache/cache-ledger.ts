import type { TenantId } from '@helium/shared';
import type { Logger, PromptCacheMetrics } from '@helium/shared/telemetry';
import type { CacheStatistics } from './prompt-cache.ts';

/** The counts of statistics: of this process since its start. */
export type CacheCounts = Pick<
  CacheStatistics,
  'hits' | 'misses' | 'stores' | 'errors' | 'rejected'
>;

export type CacheOperation = 'fetch' | 'store' | 'statistics' | 'clear';

const NONE: CacheCounts = { hits: 0, misses: 0, stores: 0, errors: 0, rejected: 0 };

/** Counts per tenant, feeds the metrics, and logs once when the store goes away or comes back. */
export class CacheLedger {
  readonly #store: string;
  readonly #logger: Logger;
  readonly #metrics: PromptCacheMetrics;
  readonly #counts = new Map<TenantId, CacheCounts>();
  #reachable = true;

  constructor(store: string, logger: Logger, metrics: PromptCacheMetrics) {
    this.#store = store;
    this.#logger = logger;
    this.#metrics = metrics;
  }

  get reachable(): boolean {
    return this.#reachable;
  }

  countsOf(tenant: TenantId): CacheCounts {
    return this.#counts.get(tenant) ?? NONE;
  }

  /** `rejected` are among the misses. */
  lookedUp(tenant: TenantId, counts: Pick<CacheCounts, 'hits' | 'misses' | 'rejected'>): void {
    this.#add(tenant, counts);
    const misses = counts.misses - counts.rejected;
    this.#metrics.lookedUp({ hits: counts.hits, misses, rejected: counts.rejected });
  }

  stored(tenant: TenantId, stores: number): void {
    this.#add(tenant, { stores });
    this.#metrics.stored(stores);
  }

  failed(tenant: TenantId, operation: CacheOperation, error: unknown): void {
    this.#add(tenant, { errors: 1 });
    this.#metrics.failed(operation);
    this.wentAway(error);
  }

  /** An entry larger than the whole store: not stored, counted as an error. */
  tooLarge(tenant: TenantId, bytes: number, maxBytes: number): void {
    this.#add(tenant, { errors: 1 });
    this.#metrics.failed('store');
    this.#logger.warn('a result is larger than the prompt cache', { bytes, maxBytes });
  }

  /** The store does not answer. */
  wentAway(error: unknown): void {
    if (!this.#reachable) return;
    this.#reachable = false;
    this.#metrics.reachable(false);
    this.#logger.warn('prompt cache does not answer; every look-up is a miss until it does', {
      store: this.#store,
      error,
    });
  }

  /** The store answers. */
  cameBack(): void {
    if (this.#reachable) return;
    this.#reachable = true;
    this.#metrics.reachable(true);
    this.#logger.info('prompt cache answers again', { store: this.#store });
  }

  #add(tenant: TenantId, added: Partial<CacheCounts>): void {
    const before = this.countsOf(tenant);
    this.#counts.set(tenant, {
      hits: before.hits + (added.hits ?? 0),
      misses: before.misses + (added.misses ?? 0),
      stores: before.stores + (added.stores ?? 0),
      errors: before.errors + (added.errors ?? 0),
      rejected: before.rejected + (added.rejected ?? 0),
    });
  }
}
