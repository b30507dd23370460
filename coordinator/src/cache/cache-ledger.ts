import type { Clock, TenantId } from '@helium/shared';
import type { Logger, PromptCacheMetrics } from '@helium/shared/telemetry';
import type { CacheStatistics } from './prompt-cache.ts';

/** The counts of statistics: of this process since its start. */
export type CacheCounts = Pick<
  CacheStatistics,
  'hits' | 'misses' | 'stores' | 'errors' | 'rejected'
>;

export type CacheOperation = 'fetch' | 'store' | 'statistics' | 'clear';

const NONE: CacheCounts = { hits: 0, misses: 0, stores: 0, errors: 0, rejected: 0 };

/** Stores that succeed for so long after the last refusal say that there is room again. */
const REFUSING_MS = 60_000;

/**
 * Counts per tenant, feeds the metrics, and logs once when the store goes away or comes back, or takes
 * nothing new and takes it again: a full store refuses now and then while it answers look-ups.
 */
export class CacheLedger {
  readonly #store: string;
  readonly #logger: Logger;
  readonly #metrics: PromptCacheMetrics;
  readonly #clock: Clock;
  readonly #counts = new Map<TenantId, CacheCounts>();
  #reachable = true;
  /** When it refused results last, while that is the last that was said of it. */
  #refusedAtMs: number | undefined;

  constructor(store: string, logger: Logger, metrics: PromptCacheMetrics, clock: Clock) {
    this.#store = store;
    this.#logger = logger;
    this.#metrics = metrics;
    this.#clock = clock;
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
    const refusedAtMs = this.#refusedAtMs;
    if (refusedAtMs === undefined || this.#clock.now() - refusedAtMs < REFUSING_MS) return;
    this.#refusedAtMs = undefined;
    this.#logger.info('prompt cache takes new results again', { store: this.#store });
  }

  failed(tenant: TenantId, operation: CacheOperation, error: unknown): void {
    this.#add(tenant, { errors: 1 });
    this.#metrics.failed(operation);
    this.wentAway(error);
  }

  /** The store answered that it does not take results: it is full, or cannot be written. */
  refused(tenant: TenantId, error: unknown): void {
    this.#add(tenant, { errors: 1 });
    this.#metrics.failed('store');
    const isKnown = this.#refusedAtMs !== undefined || !this.#reachable;
    this.#refusedAtMs = this.#clock.now();
    if (isKnown) return;
    this.#logger.warn('prompt cache takes no new results; what it has is still used', {
      store: this.#store,
      error,
    });
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
