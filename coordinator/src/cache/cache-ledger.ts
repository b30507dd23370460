import type { Clock, TenantId } from '@helium/shared';
import type { Logger, PromptCacheMetrics } from '@helium/shared/telemetry';
import type { CacheStatistics } from './prompt-cache.ts';
import { SlowWatch } from './slow-watch.ts';

/** The counts of statistics: of this process since its start. */
export type CacheCounts = Pick<
  CacheStatistics,
  'hits' | 'misses' | 'stores' | 'errors' | 'rejected'
>;

export type CacheOperation = 'fetch' | 'store' | 'statistics' | 'clear';

/** A request that was answered. */
export interface RequestTime {
  readonly ms: number;
  /** Of that, what this process did nothing else in: while it is busy no answer is taken. */
  readonly waitedMs: number;
  /** What a look-up should wait at most. */
  readonly limitMs: number;
}

const NONE: CacheCounts = { hits: 0, misses: 0, stores: 0, errors: 0, rejected: 0 };

/** Without a refusal, or a failure, for so long: there is room again, or it is back to stay. */
const STEADY_MS = 60_000;

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
  /** That it went away was logged, that it is back was not. */
  #saidAway = false;
  /** What it said for refusing, of all that was logged since it went away. */
  readonly #saidRefusals = new Set<string>();
  #wentAwayAtMs = Number.NEGATIVE_INFINITY;
  #saidBackAtMs = Number.NEGATIVE_INFINITY;
  /** It went away again soon after it was said to be back. */
  #isFlapping = false;
  /** When it refused results last, while that is the last that was said of it. */
  #refusedAtMs: number | undefined;
  #rejectedAtMs = Number.NEGATIVE_INFINITY;
  #saidUnchecked = false;
  readonly #slow = new SlowWatch();

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
    if (counts.rejected > 0) this.#sayRejected(counts.rejected);
  }

  stored(tenant: TenantId, stores: number): void {
    this.#add(tenant, { stores });
    this.#metrics.stored(stores);
    const refusedAtMs = this.#refusedAtMs;
    if (refusedAtMs === undefined || this.#clock.now() - refusedAtMs < STEADY_MS) return;
    this.#refusedAtMs = undefined;
    this.#logger.info('prompt cache takes new results again', { store: this.#store });
  }

  failed(tenant: TenantId, operation: CacheOperation, error: unknown): void {
    this.#add(tenant, { errors: 1 });
    this.#metrics.failed(operation);
    this.wentAway(error);
  }

  /** Every look-up holds up the calls that it is for; nothing waits for a store but the end of its run. */
  took(operation: 'fetch' | 'store', { ms, waitedMs, limitMs }: RequestTime): void {
    this.#metrics.took(operation, ms / 1000);
    if (operation !== 'fetch') return;
    const change = this.#slow.took(waitedMs > limitMs, this.#clock.now());
    const times = {
      store: this.#store,
      tookMs: Math.round(waitedMs),
      limitMs: Math.round(limitMs),
    };
    if (change !== undefined) this.#metrics.slow(change === 'slow' ? waitedMs : undefined);
    if (change === 'slow') {
      const what = 'prompt cache answers look-ups slowly; calls wait so long for each';
      this.#logger.warn(what, times);
    } else if (change === 'fast') this.#logger.info('prompt cache answers fast again', times);
  }

  /** The store answers, and refused to store or to remove: it is full, or cannot be written. */
  refused(tenant: TenantId, operation: CacheOperation, error: unknown): void {
    this.#add(tenant, { errors: 1 });
    this.#metrics.failed(operation);
    if (operation === 'store')
      this.#sayRefused('prompt cache takes no new results; what it has is still used', error);
  }

  /** The store answers look-ups, and takes no command that may write. */
  foundReadOnly(error: unknown): void {
    this.#sayRefused('prompt cache cannot be written; what it has is still used', error);
  }

  /** The store does not say how it is: it is used at once, as if it were ready. */
  foundUnchecked(error: unknown): void {
    if (this.#saidUnchecked) return;
    this.#saidUnchecked = true;
    const what =
      'prompt cache: Redis does not say whether it has loaded its data, as its user may not use the INFO command';
    this.#logger.info(what, { store: this.#store, error });
  }

  /** An entry larger than the whole store: not stored, counted as an error. */
  tooLarge(tenant: TenantId, bytes: number, maxBytes: number): void {
    this.#add(tenant, { errors: 1 });
    this.#metrics.failed('store');
    this.#logger.warn('a result is larger than the prompt cache', { bytes, maxBytes });
  }

  /** The store does not answer. */
  wentAway(error: unknown): void {
    const nowMs = this.#clock.now();
    this.#wentAwayAtMs = nowMs;
    if (this.#reachable) this.#metrics.reachable(false);
    this.#reachable = false;
    const refusal = refusalOf(error);
    const isNews = refusal !== undefined && !this.#saidRefusals.has(refusal);
    if (this.#saidAway && !isNews) return;
    if (refusal !== undefined) this.#saidRefusals.add(refusal);
    if (!this.#saidAway) this.#isFlapping = nowMs - this.#saidBackAtMs < STEADY_MS;
    this.#saidAway = true;
    this.#logger.warn('prompt cache does not answer; every look-up is a miss until it does', {
      store: this.#store,
      error,
    });
  }

  /** The store answers. One that failed again soon after the last time is believed once it has not for a minute. */
  cameBack(): void {
    if (!this.#reachable) this.#metrics.reachable(true);
    this.#reachable = true;
    if (!this.#saidAway) return;
    const nowMs = this.#clock.now();
    if (this.#isFlapping && nowMs - this.#wentAwayAtMs < STEADY_MS) return;
    this.#saidAway = false;
    this.#saidRefusals.clear();
    this.#saidBackAtMs = nowMs;
    this.#logger.info('prompt cache answers again', { store: this.#store });
  }

  /** What happened to the store's file, and what was done about it. */
  fileChanged(what: string, error?: unknown): void {
    this.#logger.warn(what, { store: this.#store, ...(error === undefined ? {} : { error }) });
  }

  #sayRefused(what: string, error: unknown): void {
    const isKnown = this.#refusedAtMs !== undefined || !this.#reachable;
    this.#refusedAtMs = this.#clock.now();
    if (!isKnown) this.#logger.warn(what, { store: this.#store, error });
  }

  #sayRejected(rejected: number): void {
    const nowMs = this.#clock.now();
    const isKnown = nowMs - this.#rejectedAtMs < STEADY_MS;
    this.#rejectedAtMs = nowMs;
    if (isKnown) return;
    const what =
      'prompt cache holds results that do not verify, and they are not used: they were changed, or stored under another cache-secret or storage key';
    this.#logger.warn(what, { store: this.#store, rejected });
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

/** The kind of error that a store answered with, such as WRONGPASS; undefined where it did not answer. */
function refusalOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return undefined;
  return error.message.split(' ', 1)[0];
}
