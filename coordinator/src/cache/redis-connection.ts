import { HeliumError } from '@helium/shared';
import { Redis } from 'ioredis';

/** What the connection tells its owner, on every change. */
export interface ConnectionListener {
  ready(): void;
  away(error: Error): void;
}

const RECONNECT_MS_MAX = 2000;
const CONNECT_TIMEOUT_MS = 2000;
/** From a connection to its first answers: TCP alone would wait for a server that is gone for a quarter of an hour. */
const HANDSHAKE_TIMEOUT_MS = 2000;
/** What a server that hangs is given to close its side. */
const DISCONNECT_TIMEOUT_MS = 100;

/**
 * A connection that never queues: while Redis is away a command fails at once, and one in flight
 * when the connection breaks fails then. It reconnects by itself for as long as it lives. Throws
 * CONFIG_INVALID for what is no Redis URL; the message keeps the URL's password to itself.
 */
export function connectRedis(url: string, listener: ConnectionListener): Redis {
  if (!URL.canParse(url) || !/^rediss?:\/\/[^/]/.test(url)) {
    const message = 'redis-url: is not redis://host:port/database or rediss://…';
    throw new HeliumError('CONFIG_INVALID', message);
  }
  const redis = new Redis(url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: CONNECT_TIMEOUT_MS,
    disconnectTimeout: DISCONNECT_TIMEOUT_MS,
    connectionName: 'helium-prompt-cache',
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 10), RECONNECT_MS_MAX),
  });
  let lastError: Error | undefined;
  let handshake: NodeJS.Timeout | undefined;
  redis.on('connect', () => {
    handshake = setTimeout(() => redis.disconnect(true), HANDSHAKE_TIMEOUT_MS);
  });
  redis.on('error', (error: Error) => {
    lastError = error;
    listener.away(error);
  });
  redis.on('close', () => {
    clearTimeout(handshake);
    listener.away(lastError ?? new Error('the connection was closed'));
  });
  redis.on('ready', () => {
    clearTimeout(handshake);
    lastError = undefined;
    listener.ready();
  });
  return redis;
}

/** `redis://host:port/database` without user and password: for logs. */
export function publicUrl(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}
