import { HeliumError, systemClock, type TenantId } from '@helium/shared';
import type { Logger, PromptCacheMetrics } from '@helium/shared/telemetry';
import type { ChainableCommander, Redis } from 'ioredis';
import { CacheLedger, type CacheOperation } from './cache-ledger.ts';
import { openValues } from './open-values.ts';
import type { CacheEntry, CacheStatistics, PromptCache } from './prompt-cache.ts';
import { connectRedis, publicUrl } from './redis-connection.ts';
import { sealValue } from './sealed-value.ts';
import { splitBatches } from './split-batches.ts';
import { namespaceOf, storeKey } from './store-key.ts';

export interface RedisPromptCacheOptions {
  readonly url: string;
  /** Life of an entry from its last use; 0: for ever, as Redis's own memory policy allows. */
  readonly ttlSeconds: number;
  /** Key of the authentication codes; equal in all coordinators of a deployment. */
  readonly secret: string;
  readonly logger: Logger;
  readonly metrics: PromptCacheMetrics;
  /** Time for a request, to which 1 ms per entry is added; default 1000. */
  readonly requestTimeoutMs?: number;
}

const REQUEST_TIMEOUT_MS = 1000;
const SCAN_COUNT = 1000;
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
  readonly #redis: Redis;
  readonly #ttlSeconds: number;
  readonly #secret: string;
  readonly #timeoutMs: number;
  readonly #ledger: CacheLedger;
  #closing = false;

  constructor(options: RedisPromptCacheOptions) {
    this.#ttlSeconds = options.ttlSeconds;
    this.#secret = options.secret;
    this.#timeoutMs = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
    this.#redis = connectRedis(options.url, {
      ready: () => this.#ledger.cameBack(),
      away: (error) => {
        if (!this.#closing) this.#ledger.wentAway(error);
      },
    });
    this.#ledger = new CacheLedger(
      publicUrl(options.url),
      options.logger,
      options.metrics,
      systemClock,
    );
  }

  async connect(): Promise<void> {
    const connected = this.#redis.connect();
    await this.#inTime(connected, 0).catch((error) => this.#ledger.wentAway(error));
  }

  /** One pipeline, one round trip; a hit's life begins anew in the same command. */
  async fetchMany(tenant: TenantId, keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const wanted = [...new Set(keys)].map((key) => ({ key, storeKey: storeKey(tenant, key) }));
    if (wanted.length === 0) return new Map();
    const pipeline = this.#redis.pipeline();
    for (const { storeKey: name } of wanted) {
      if (this.#ttlSeconds === 0) pipeline.getBuffer(name);
      else pipeline.getexBuffer(name, 'EX', this.#ttlSeconds);
    }
    const values = await this.#attempt(tenant, 'fetch', () => this.#execute(pipeline));
    const entries = wanted.map((w, i) => ({ ...w, sealed: (values?.[i] as Buffer) ?? null }));
    const { hits, counts } = openValues(this.#secret, entries);
    this.#ledger.lookedUp(tenant, counts);
    return hits;
  }

  async storeMany(tenant: TenantId, entries: readonly CacheEntry[]): Promise<void> {
    const sealed = entries.map(({ key, text }) => {
      const name = storeKey(tenant, key);
      return { name, value: sealValue(this.#secret, name, text) };
    });
    for (const batch of splitBatches(sealed, (entry) => entry.value.length)) {
      const pipeline = this.#redis.pipeline();
      for (const { name, value } of batch) {
        if (this.#ttlSeconds === 0) pipeline.set(name, value);
        else pipeline.set(name, value, 'EX', this.#ttlSeconds);
      }
      const done = await this.#attempt(tenant, 'store', () => this.#execute(pipeline));
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
        const pipeline = this.#redis.pipeline();
        for (const name of names) pipeline.strlen(name);
        const lengths = await this.#execute(pipeline);
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
    const done = await this.#attempt(tenant, 'clear', async () => {
      for await (const names of this.#scan(tenant)) {
        removed += await this.#inTime(this.#redis.unlink(...names), names.length);
      }
      return true;
    });
    if (done === undefined) {
      const message = `prompt cache: Redis does not answer; ${removed} entries were removed`;
      throw new HeliumError('STORE_UNAVAILABLE', message, { details: { removed } });
    }
    return removed;
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#redis.disconnect();
  }

  /** Undefined when the store failed, which is counted. */
  async #attempt<T>(
    tenant: TenantId,
    operation: CacheOperation,
    act: () => Promise<T>,
  ): Promise<T | undefined> {
    try {
      const result = await act();
      this.#ledger.cameBack();
      return result;
    } catch (error) {
      const isReply = error instanceof Error && error.name === 'ReplyError';
      if (operation === 'store' && isReply) this.#ledger.refused(tenant, error);
      else this.#ledger.failed(tenant, operation, error);
      return undefined;
    }
  }

  async #execute(pipeline: ChainableCommander): Promise<readonly unknown[]> {
    const replies = (await this.#inTime(pipeline.exec(), pipeline.length)) ?? [];
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
      const page = this.#redis.scan(cursor, 'MATCH', pattern, 'COUNT', SCAN_COUNT);
      const [next, names] = await this.#inTime(page, 0);
      if (names.length > 0) yield names;
      cursor = next;
    } while (cursor !== '0');
  }

  /** An answer that does not come in time ends the connection, so that no queue grows behind it. */
  async #inTime<T>(answer: Promise<T>, entries: number): Promise<T> {
    const limitMs = this.#timeoutMs + entries;
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      reject(new HeliumError('UNREACHABLE', `Redis did not answer in ${limitMs} ms`));
      this.#redis.disconnect(true);
    }, limitMs);
    try {
      return await Promise.race([answer, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
