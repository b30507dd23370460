import { HeliumError, systemClock, type TenantId } from '@helium/shared';
import type { Logger, PromptCacheMetrics } from '@helium/shared/telemetry';
import type { ChainableCommander, Redis } from 'ioredis';
import { CacheLedger, type CacheOperation } from './cache-ledger.ts';
import { openValues } from './open-values.ts';
import type { CacheEntry, CacheStatistics, PromptCache } from './prompt-cache.ts';
import { publicUrl, RedisConnection } from './redis-connection.ts';
import { sealValue, type ValueSecrets } from './sealed-value.ts';
import { splitBatches } from './split-batches.ts';
import { namespaceOf, storeKey } from './store-key.ts';

export interface RedisPromptCacheOptions extends ValueSecrets {
  readonly url: string;
  /** Life of an entry from its last use; 0: for ever, as Redis's own memory policy allows. */
  readonly ttlSeconds: number;
  readonly logger: Logger;
  readonly metrics: PromptCacheMetrics;
  /** Time for a request, to which 1 ms per entry is added; default 1000. */
  readonly requestTimeoutMs?: number;
}

const REQUEST_TIMEOUT_MS = 1000;
/** Of the time limit: what a look-up may take without being called slow. */
const SLOW_SHARE = 0.1;
const SCAN_COUNT = 1000;
const READS_ONLY_MS = 10_000;
/** Stands for a key that somebody made a list or a set: no seal verifies it, so it is rejected. */
const NOT_OURS = Buffer.alloc(0);

/**
 * Opens the prompt cache in Redis 6.2 or newer. Resolves when Redis answers, or after one request's
 * time when it does not: it is used from the moment it does. Throws CONFIG_INVALID for what is no
 * Redis URL.
 */
export async function createRedisPromptCache(
  options: RedisPromptCacheOptions,
): Promise<PromptCache> {
  const cache = new RedisPromptCache(options);
  await cache.connect();
  return cache;
}

class RedisPromptCache implements PromptCache {
  readonly #connection: RedisConnection;
  readonly #ttlSeconds: number;
  readonly #secrets: ValueSecrets;
  readonly #timeoutMs: number;
  readonly #ledger: CacheLedger;
  #closing = false;
  /** Until then look-ups leave the life of what they find as it is: Redis took no command that may write. */
  #readsOnlyUntilMs = Number.NEGATIVE_INFINITY;
  /** It answers, but not look-ups: other answers are no sign that it is back. */
  #refusesLookups = false;

  constructor(options: RedisPromptCacheOptions) {
    this.#ttlSeconds = options.ttlSeconds;
    this.#secrets = options;
    this.#timeoutMs = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
    this.#connection = new RedisConnection(options.url, {
      ready: () => {
        this.#refusesLookups = false;
        this.#ledger.cameBack();
      },
      away: (error) => {
        if (!this.#closing) this.#ledger.wentAway(error);
      },
      unchecked: (error) => this.#ledger.foundUnchecked(error),
    });
    this.#ledger = new CacheLedger(
      publicUrl(options.url),
      options.logger,
      options.metrics,
      systemClock,
    );
  }

  async connect(): Promise<void> {
    const { redis } = this.#connection;
    const connected = this.#inTime(redis, redis.connect(), 0);
    await connected.catch((error) => this.#ledger.wentAway(error));
  }

  /** One pipeline, one round trip; a hit's life begins anew in the same command. */
  async fetchMany(tenant: TenantId, keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const wanted = [...new Set(keys)].map((key) => ({ key, storeKey: storeKey(tenant, key) }));
    if (wanted.length === 0) return new Map();
    const names = wanted.map(({ storeKey: name }) => name);
    const read = () => this.#timed('fetch', names.length, () => this.#read(names));
    const values = await this.#attempt(tenant, 'fetch', read);
    const entries = wanted.map((w, i) => ({ ...w, sealed: (values?.[i] as Buffer) ?? null }));
    const { hits, counts } = openValues(this.#secrets, entries);
    this.#ledger.lookedUp(tenant, counts);
    return hits;
  }

  async storeMany(tenant: TenantId, entries: readonly CacheEntry[]): Promise<void> {
    const sealed = entries.map(({ key, text }) => {
      const name = storeKey(tenant, key);
      return { name, value: sealValue(this.#secrets, name, text) };
    });
    for (const batch of splitBatches(sealed, (entry) => entry.value.length)) {
      const store = (pipeline: ChainableCommander) => {
        for (const { name, value } of batch) {
          if (this.#ttlSeconds === 0) pipeline.set(name, value);
          else pipeline.set(name, value, 'EX', this.#ttlSeconds);
        }
      };
      const write = () => this.#timed('store', batch.length, () => this.#execute(store));
      const done = await this.#attempt(tenant, 'store', write);
      if (done === undefined) return;
      this.#ledger.stored(tenant, batch.length);
    }
  }

  /**
   * Entries and bytes are counted by a scan: O(keys of the database). SCAN may give a key twice while Redis
   * resizes its table, and miss one that comes or goes: remembering all keys would cost the coordinator memory in
   * their number. Bytes are those of sealed values.
   */
  async statistics(tenant: TenantId): Promise<CacheStatistics> {
    let entries = 0;
    let bytes = 0;
    await this.#attempt(tenant, 'statistics', async () => {
      for await (const names of this.#scan(tenant)) {
        const lengths = await this.#execute((pipeline) => {
          for (const name of names) pipeline.strlen(name);
        });
        // Neither what has ended since it was scanned nor what somebody made a list is an entry.
        entries += lengths.filter((length) => Number(length) > 0).length;
        bytes += lengths.reduce((sum: number, length) => sum + Number(length), 0);
      }
      return true;
    });
    const { reachable } = this.#ledger;
    return { store: 'redis', reachable, entries, bytes, ...this.#ledger.countsOf(tenant) };
  }

  /** Throws STORE_UNAVAILABLE: who asked for emptiness must know that it is not so. */
  async clear(tenant: TenantId): Promise<number> {
    let removed = 0;
    let cause: unknown;
    const done = await this.#attempt(tenant, 'clear', async () => {
      try {
        for await (const names of this.#scan(tenant)) {
          const { redis } = this.#connection;
          removed += await this.#inTime(redis, redis.unlink(...names), names.length);
        }
      } catch (error) {
        cause = error;
        throw error;
      }
      return true;
    });
    if (done === undefined) {
      const why = HeliumError.from(cause).message;
      const message = `prompt cache: ${removed} entries were removed, then Redis failed: ${why}`;
      throw new HeliumError('STORE_UNAVAILABLE', message, { details: { removed }, cause });
    }
    return removed;
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#connection.close();
  }

  /** Tells the time of what is answered. */
  async #timed<T>(
    operation: 'fetch' | 'store',
    entries: number,
    act: () => Promise<T>,
  ): Promise<T> {
    const startMs = performance.now();
    const before = performance.eventLoopUtilization();
    const result = await act();
    const waitedMs = performance.eventLoopUtilization(before).idle;
    const limitMs = (this.#timeoutMs + entries) * SLOW_SHARE;
    this.#ledger.took(operation, { ms: performance.now() - startMs, waitedMs, limitMs });
    return result;
  }

  /** One round trip; what is found lives on as what is stored does, where Redis takes commands that may write. */
  async #read(names: readonly string[]): Promise<readonly unknown[]> {
    const mayRenew = this.#ttlSeconds > 0 && performance.now() >= this.#readsOnlyUntilMs;
    if (mayRenew) {
      try {
        return await this.#execute((pipeline) => {
          for (const name of names) pipeline.getexBuffer(name, 'EX', this.#ttlSeconds);
        });
      } catch (error) {
        if (!isReply(error)) throw error;
        const values = await this.#get(names);
        this.#readsOnlyUntilMs = performance.now() + READS_ONLY_MS;
        if (isFollower(error)) this.#connection.renew();
        this.#ledger.foundReadOnly(error);
        return values;
      }
    }
    return this.#get(names);
  }

  #get(names: readonly string[]): Promise<readonly unknown[]> {
    return this.#execute((pipeline) => {
      for (const name of names) pipeline.getBuffer(name);
    });
  }

  /** Undefined when the store failed, which is counted. */
  async #attempt<T>(
    tenant: TenantId,
    operation: CacheOperation,
    act: () => Promise<T>,
  ): Promise<T | undefined> {
    try {
      const result = await act();
      if (operation === 'fetch') this.#refusesLookups = false;
      if (!this.#refusesLookups) this.#ledger.cameBack();
      return result;
    } catch (error) {
      if (isFollower(error)) this.#connection.renew();
      if (isReply(error) && operation !== 'fetch') this.#ledger.refused(tenant, operation, error);
      else this.#ledger.failed(tenant, operation, error);
      if (operation === 'fetch') this.#refusesLookups = isReply(error);
      return undefined;
    }
  }

  async #execute(add: (pipeline: ChainableCommander) => void): Promise<readonly unknown[]> {
    const { redis } = this.#connection;
    const pipeline = redis.pipeline();
    add(pipeline);
    const replies = (await this.#inTime(redis, pipeline.exec(), pipeline.length)) ?? [];
    return replies.map(([error, value]) => {
      if (error === null) return value;
      if (error.message.startsWith('WRONGTYPE')) return NOT_OURS;
      throw error;
    });
  }

  async *#scan(tenant: TenantId): AsyncGenerator<readonly string[]> {
    const pattern = `${namespaceOf(tenant)}*`;
    let cursor = '0';
    do {
      const { redis } = this.#connection;
      const page = redis.scan(cursor, 'MATCH', pattern, 'COUNT', SCAN_COUNT);
      const [next, names] = await this.#inTime(redis, page, 0);
      if (names.length > 0) yield names;
      cursor = next;
    } while (cursor !== '0');
  }

  /** An answer that does not come in time ends the connection, so that no queue grows behind it. */
  async #inTime<T>(redis: Redis, answer: Promise<T>, entries: number): Promise<T> {
    const limitMs = this.#timeoutMs + entries;
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      reject(new HeliumError('UNREACHABLE', `Redis did not answer in ${limitMs} ms`));
      redis.disconnect(true);
    }, limitMs);
    try {
      return await Promise.race([answer, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Redis answered, with an error. */
function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

/** Redis was told to follow another. */
function isFollower(error: unknown): boolean {
  return isReply(error) && error.message.startsWith('READONLY');
}
