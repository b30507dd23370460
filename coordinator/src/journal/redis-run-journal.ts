import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { HeliumError, type RunId } from '@helium/shared';
import type { Logger } from '@helium/shared/telemetry';
import { publicUrl, RedisConnection } from '../cache/redis-connection.ts';
import { ACCEPT, APPEND, FORGET, OPEN, RELEASE, RENEW } from './redis-scripts.ts';
import type { RunEntries, RunJournal, StoredJournal, StoredRequest } from './run-journal.ts';

export interface RedisJournalOptions {
  readonly url: string;
  /** One coordinator at a time has the journal of this name. */
  readonly name: string;
  readonly logger: Logger;
  /** Another coordinator has taken the journal over: this one has to end. Called once. */
  readonly onFenced: (message: string) => void;
  /** How long the lease of a coordinator that died is waited for. Default: 10,000. */
  readonly leaseMs?: number;
  /** Time for a request. Default: 5000. */
  readonly timeoutMs?: number;
  /** Ends the wait for Redis and the lease; opening rejects then. */
  readonly signal?: AbortSignal | undefined;
}

const LEASE_MS = 10_000;
const TIMEOUT_MS = 5000;
/** Between two attempts to open the journal. */
const RETRY_MS = 250;
/** Of runs that ended: where nobody forgets them because no coordinator is started any more, they go by themselves. */
const LIFE_MS = 30 * 24 * 3_600_000;
/** Runs read in one round trip. */
const RUNS_PER_READ = 50;
/** Of a new start, until it gives up. */
const LEASES_WAITED = 4;
/** What ioredis says of a command that it has no connection for. */
const WITHOUT_CONNECTION = /enableOfflineQueue|^Connection is closed/;
/** WAITAOF came with it. */
const SYNCING_VERSION = [7, 2] as const;

/**
 * A journal in Redis: a list of groups for each run, in keys of one hash slot. A lease keeps others out for as long as
 * its holder lives, an epoch that every write checks keeps out whoever lost it. How much outlives the death of Redis is
 * up to its append-only file.
 */
export class RedisRunJournal implements RunJournal {
  readonly #options: Required<Omit<RedisJournalOptions, 'signal'>>;
  readonly #connection: RedisConnection;
  readonly #me = randomUUID();
  #epoch = 0;
  /** Of the next group; it stays when that could not be written. */
  #group = 1;
  /** Why there was no connection the last time that there was none. */
  #away = 'not connected yet';
  #isSynced = false;
  #isFenced = false;
  #isClosed = false;
  #renewal: NodeJS.Timeout | undefined;

  /** Waits for the lease of a coordinator that died. Throws CONFIG_INVALID, or STORE_UNAVAILABLE naming Redis. */
  static async open(options: RedisJournalOptions): Promise<RedisRunJournal> {
    const journal = new RedisRunJournal(options);
    try {
      await journal.#open(options.signal);
      return journal;
    } catch (error) {
      journal.#connection.close();
      throw error;
    }
  }

  private constructor(options: RedisJournalOptions) {
    this.#options = { leaseMs: LEASE_MS, timeoutMs: TIMEOUT_MS, ...options };
    this.#connection = new RedisConnection(options.url, {
      ready: () => {},
      away: (error) => {
        this.#away = error.message;
      },
      unchecked: () => {},
    });
  }

  get epoch(): number {
    return this.#epoch;
  }

  async load(): Promise<StoredJournal> {
    const { logger } = this.#options;
    const runs: StoredJournal['runs'][number][] = [];
    const counts = await this.#tell((redis) => redis.hgetall(this.#key('groups')));
    const ids = (await this.#tell((redis) =>
      redis.zrange(this.#key('runs'), '0', '-1'),
    )) as RunId[];
    for (let i = 0; i < ids.length; i += RUNS_PER_READ) {
      const some = ids.slice(i, i + RUNS_PER_READ);
      const found = await this.#tell(async (redis) => {
        const pipeline = redis.pipeline();
        for (const id of some) {
          pipeline.get(this.#key('request', id));
          pipeline.lrange(this.#key('entries', id), 0, -1);
        }
        return (await pipeline.exec())?.map(([error, value]) => {
          if (error !== null) throw error;
          return value;
        });
      });
      for (const [n, id] of some.entries()) {
        const accepted = found?.[2 * n];
        const groups = (found?.[2 * n + 1] ?? []) as string[];
        if (typeof accepted !== 'string') {
          logger.error('a run is lost: Redis dropped it', { run: id });
        } else if (groups.length < Number(counts[id] ?? 0)) {
          const damage = `Redis has ${groups.length} of its ${counts[id]} groups: it evicts what it should keep`;
          runs.push({ id, accepted, entries: [], damage });
        } else runs.push({ id, accepted, entries: groups.flatMap((lines) => lines.split('\n')) });
      }
    }
    const kept = await this.#tell((redis) => redis.hgetall(this.#key('requests')));
    const requests = Object.values(kept).map((value) => JSON.parse(value) as StoredRequest);
    return { runs, requests: requests.sort((a, b) => a.atMs - b.atMs) };
  }

  async accept(run: RunId, accepted: string): Promise<void> {
    const keys = [this.#key('runs'), this.#key('request', run)];
    await this.#write(ACCEPT, keys, [run, accepted]);
    if (this.#isSynced) await this.#tell((redis) => this.#sync(redis));
  }

  async append(group: readonly RunEntries[]): Promise<void> {
    const keys = group.flatMap(({ run }) => [this.#key('request', run), this.#key('entries', run)]);
    const values = group.flatMap((each) => [
      each.run,
      each.entries.join('\n'),
      each.isEnd === true ? 1 : 0,
    ]);
    const held = [this.#key('runs'), this.#key('groups')];
    await this.#write(APPEND, [...held, ...keys], [this.#group, LIFE_MS, ...values]);
    this.#group += 1;
  }

  async forget(
    runs: readonly RunId[],
    requests: readonly StoredRequest[],
    sinceMs: number,
  ): Promise<void> {
    const gone = runs.flatMap((run) => [this.#key('request', run), this.#key('entries', run)]);
    const held = ['runs', 'groups', 'requests', 'times'].map((what) => this.#key(what));
    const keys = [...held, ...gone];
    const kept = requests.flatMap((each) => [each.key, JSON.stringify(each), each.atMs]);
    await this.#write(FORGET, keys, [sinceMs, runs.length, ...runs, ...kept]);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#renewal);
    // It would run out by itself.
    await this.#tell((redis) => redis.eval(RELEASE, 2, ...this.#held, this.#me)).catch(() => {});
    this.#connection.close();
  }

  async #open(signal: AbortSignal | undefined): Promise<void> {
    const { leaseMs, name, logger } = this.#options;
    // It goes on trying by itself.
    await this.#tell((redis) => redis.connect()).catch(() => {});
    // Also longer than a coordinator takes to stop, which holds its lease meanwhile.
    const deadline = performance.now() + LEASES_WAITED * leaseMs;
    for (let isTold = false; this.#epoch === 0; isTold = true) {
      const error = await this.#take(leaseMs);
      if (error === undefined) break;
      if (performance.now() > deadline) throw error;
      if (!isTold) logger.info('waiting for the run journal', { name, error: error.message });
      await sleep(RETRY_MS, undefined, { signal });
    }
    await this.#tell((redis) => redis.hset(this.#key('meta'), 'group', 0));
    await this.#learnPersistence();
    this.#renewLater();
  }

  /** Why the journal cannot be had yet: Redis is away, or its lease is held. */
  async #take(leaseMs: number): Promise<HeliumError | undefined> {
    try {
      const found = await this.#tell((redis) =>
        redis.eval(OPEN, 2, ...this.#held, this.#me, leaseMs),
      );
      if (typeof found === 'number') {
        this.#epoch = found;
        return undefined;
      }
    } catch (thrown) {
      return HeliumError.from(thrown);
    }
    const message = `${this.#place}: another coordinator has it open; give this one another run-journal-name`;
    return new HeliumError('STORE_UNAVAILABLE', message);
  }

  /** Says so where acknowledged runs would be gone with Redis. */
  async #learnPersistence(): Promise<void> {
    const { logger, url } = this.#options;
    const place = { redis: publicUrl(url) };
    // Who may not ask is told the same as who has none: that is what has to be assumed.
    const info = String(await this.#tell((redis) => redis.call('INFO')).catch(() => ''));
    const version = /redis_version:(\d+)\.(\d+)/.exec(info)?.slice(1).map(Number) ?? [];
    if (/maxmemory:[1-9]/.test(info) && /maxmemory_policy:allkeys/.test(info)) {
      logger.warn(
        'Redis may evict runs that are not done: its maxmemory-policy has to be volatile-lru, or noeviction',
        place,
      );
    }
    if (!/aof_enabled:1/.test(info)) {
      logger.warn(
        'Redis keeps no append-only file, or does not say so: runs that were acknowledged are lost when it dies',
        place,
      );
      return;
    }
    const [major = 0, minor = 0] = version;
    this.#isSynced =
      major > SYNCING_VERSION[0] || (major === SYNCING_VERSION[0] && minor >= SYNCING_VERSION[1]);
    if (this.#isSynced) return;
    logger.info(
      'Redis is older than 7.2: unless its appendfsync is "always", runs acknowledged in the last second are lost with its machine',
      place,
    );
  }

  async #sync(redis: RedisConnection['redis']): Promise<void> {
    const [local] = (await redis.call('WAITAOF', 1, 0, this.#options.timeoutMs)) as number[];
    if (local !== 1) throw new Error('its append-only file was not synced in time');
  }

  #renewLater(): void {
    const renew = () =>
      void this.#write(RENEW, [], [])
        .catch(() => {})
        .then(() => {
          if (!this.#isClosed && !this.#isFenced) this.#renewLater();
        });
    this.#renewal = setTimeout(renew, this.#options.leaseMs / 3).unref();
  }

  async #write(
    script: string,
    keys: readonly string[],
    values: readonly (string | number)[],
  ): Promise<void> {
    const all = [...this.#held, ...keys];
    const ours = [this.#epoch, this.#me, this.#options.leaseMs];
    const run = () =>
      this.#tell((redis) => redis.eval(script, all.length, ...all, ...ours, ...values));
    try {
      await run();
    } catch (error) {
      const { message } = error as Error;
      if (message.includes('FENCED')) this.#tellFenced();
      if (!message.includes('LOST')) throw error;
      await this.#claimAnew();
      await run();
    }
  }

  /** Redis came back without what it had: this coordinator goes on with what it has in memory. */
  async #claimAnew(): Promise<void> {
    const { logger, url } = this.#options;
    await this.#tell((redis) =>
      redis
        .multi()
        .hsetnx(this.#key('meta'), 'epoch', this.#epoch)
        .hsetnx(this.#key('meta'), 'layout', 1)
        .exec(),
    );
    logger.error('Redis lost the run journal: runs accepted before now end with this coordinator', {
      redis: publicUrl(url),
    });
  }

  #tellFenced(): void {
    if (this.#isFenced) return;
    this.#isFenced = true;
    this.#options.onFenced(
      `${this.#place}: another coordinator took it over while this one did not answer`,
    );
  }

  /** STORE_UNAVAILABLE naming Redis for whatever goes wrong, and for no answer in time. */
  async #tell<T>(act: (redis: RedisConnection['redis']) => Promise<T>): Promise<T> {
    const { timeoutMs } = this.#options;
    const late = new AbortController();
    try {
      const answer = act(this.#connection.redis);
      const timeout = sleep(timeoutMs, undefined, { signal: late.signal, ref: false }).then(() => {
        throw new Error(`no answer within ${timeoutMs} ms`);
      });
      answer.catch(() => {});
      timeout.catch(() => {});
      return await Promise.race([answer, timeout]);
    } catch (cause) {
      const { message: why } = cause as Error;
      const message = `${this.#place}: ${WITHOUT_CONNECTION.test(why) ? this.#away : why}`;
      throw new HeliumError('STORE_UNAVAILABLE', message, { cause });
    } finally {
      late.abort();
    }
  }

  get #place(): string {
    const { name, url } = this.#options;
    return `run journal "${name}" in ${publicUrl(url)}`;
  }

  get #held(): [string, string] {
    return [this.#key('meta'), this.#key('lease')];
  }

  /** What is in braces decides the hash slot: all of a journal is in one. */
  #key(what: string, run = ''): string {
    return `helium:{runs:${this.#options.name}}:${what}${run === '' ? '' : `:${run}`}`;
  }
}
