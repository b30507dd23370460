import { HeliumError } from '@helium/shared';
import { Redis } from 'ioredis';

/** What the connection tells its owner, on every change. */
export interface ConnectionListener {
  ready(): void;
  away(error: Error): void;
  /** Whether Redis is still loading what it saved is not known: it refused to say. */
  unchecked(error: Error): void;
}

const RECONNECT_MS_MAX = 2000;
const CONNECT_TIMEOUT_MS = 2000;
/** From a connection to its first answers: TCP alone would wait for a server that is gone for a quarter of an hour. */
const HANDSHAKE_TIMEOUT_MS = 2000;
/** What a server that hangs is given to close its side. */
const DISCONNECT_TIMEOUT_MS = 100;
/** Between two looks for another server under the same name. */
const RENEW_MS = 10_000;
/** For what is in flight on a connection that another one has taken the place of. */
const LINGER_MS = 5000;

type InfoCallback = (error: Error | null | undefined, text?: string) => void;

/**
 * A connection that never queues: while Redis is away a command fails at once, and one in flight
 * when the connection breaks fails then. It reconnects by itself for as long as it lives.
 */
export class RedisConnection {
  readonly #url: string;
  readonly #listener: ConnectionListener;
  readonly #open = new Set<Redis>();
  #redis: Redis;
  #renewedAtMs = Number.NEGATIVE_INFINITY;

  /** Throws CONFIG_INVALID for what is no Redis URL; the message keeps the URL's password to itself. */
  constructor(url: string, listener: ConnectionListener) {
    if (!URL.canParse(url) || !/^rediss?:\/\/[^/]/.test(url)) {
      const message = 'redis-url: is not redis://host:port/database or rediss://…';
      throw new HeliumError('CONFIG_INVALID', message);
    }
    this.#url = url;
    this.#listener = listener;
    this.#redis = this.#create();
  }

  /** For the next command: it may be another one later. */
  get redis(): Redis {
    return this.#redis;
  }

  /**
   * Connects anew, every 10 s at most, and goes over to that connection when it stands: where a server is told to
   * follow another, its name may lead to the other by now. Nothing in flight is lost.
   */
  renew(): void {
    const nowMs = performance.now();
    if (nowMs - this.#renewedAtMs < RENEW_MS) return;
    this.#renewedAtMs = nowMs;
    const next = this.#create();
    next.connect().then(
      () => {
        const old = this.#redis;
        this.#redis = next;
        setTimeout(() => old.disconnect(), LINGER_MS).unref();
      },
      () => next.disconnect(),
    );
  }

  close(): void {
    for (const redis of this.#open) redis.disconnect();
  }

  #create(): Redis {
    const redis = new Redis(this.#url, {
      lazyConnect: true,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      connectTimeout: CONNECT_TIMEOUT_MS,
      disconnectTimeout: DISCONNECT_TIMEOUT_MS,
      connectionName: 'helium-prompt-cache',
      retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 10), RECONNECT_MS_MAX),
    });
    this.#askQuietly(redis);
    this.#open.add(redis);
    redis.on('end', () => this.#open.delete(redis));
    this.#watch(redis);
    return redis;
  }

  /** ioredis would write a line of its own to standard error where the user may not call INFO. */
  #askQuietly(redis: Redis): void {
    const info = redis.info.bind(redis) as (done: InfoCallback) => Promise<string>;
    const ask = (done: InfoCallback) =>
      info((error, text) => {
        const isForbidden = error?.message.startsWith('NOPERM') === true;
        if (isForbidden) this.#listener.unchecked(error as Error);
        if (isForbidden) done(null, '');
        else done(error, text);
      });
    redis.info = ask as Redis['info'];
  }

  #watch(redis: Redis): void {
    let lastError: Error | undefined;
    let handshake: NodeJS.Timeout | undefined;
    const tellAway = (error: Error) => {
      if (redis === this.#redis) this.#listener.away(error);
    };
    redis.on('connect', () => {
      handshake = setTimeout(() => redis.disconnect(true), HANDSHAKE_TIMEOUT_MS);
    });
    redis.on('error', (error: Error) => {
      lastError = error;
      tellAway(error);
      // What was refused is the database: ioredis would go on in database 0, which may be somebody else's.
      if (redis.status === 'connect' && error.name === 'ReplyError') redis.disconnect(true);
    });
    redis.on('close', () => {
      clearTimeout(handshake);
      tellAway(lastError ?? new Error('the connection was closed'));
    });
    redis.on('ready', () => {
      clearTimeout(handshake);
      lastError = undefined;
      if (redis === this.#redis) this.#listener.ready();
    });
  }
}

/** `redis://host:port/database` without user and password: for logs. */
export function publicUrl(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}
