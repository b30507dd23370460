import { setTimeout } from 'node:timers/promises';
import { type TenantId, tenantId } from '@helium/shared';
import { createLogger, createPromptCacheMetrics, noTelemetry } from '@helium/shared/telemetry';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { keyOf, promptCacheCases, type StoreUnderTest } from './conformance.cases.ts';
import type { PromptCache } from './prompt-cache.ts';
import { createRedisPromptCache } from './redis-prompt-cache.ts';
import { freePort, type RedisServer, startRedisServer } from './redis-server.fixture.ts';
import { startRelay } from './relay.fixture.ts';
import { storeKey } from './store-key.ts';
import { writeFromProcess } from './writer-process.fixture.ts';

const A = tenantId('a');
const entry = { key: keyOf('x'), text: 'the answer' };
const metrics = createPromptCacheMetrics(noTelemetry().meter);

let lines: string[] = [];
const logger = createLogger('test', 'info', { write: (line) => lines.push(line) });

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await setTimeout(20);
}

async function fetchOne(cache: PromptCache, tenant: TenantId = A): Promise<string | undefined> {
  return (await cache.fetchMany(tenant, [entry.key])).get(entry.key);
}

/** What a test started, ended after it whether it passed or not. */
const started: (() => unknown)[] = [];

async function start(extra: readonly string[] = [], port?: number): Promise<RedisServer> {
  const server = await startRedisServer(extra, port);
  started.push(server.stop);
  return server;
}

async function open(url: string, requestTimeoutMs = 1000): Promise<PromptCache> {
  const common = { ttlSeconds: 3600, secret: 's', logger, metrics };
  const cache = await createRedisPromptCache({ ...common, url, requestTimeoutMs });
  started.push(() => cache.close());
  return cache;
}

async function connect(url: string): Promise<Redis> {
  const redis = new Redis(url);
  started.push(() => redis.disconnect());
  return redis;
}

let server: RedisServer;
beforeAll(async () => {
  server = await startRedisServer();
});
afterAll(() => server?.stop());
beforeEach(() => {
  lines = [];
});
afterEach(async () => {
  for (const end of started.splice(0).reverse()) await end();
});

describe('the prompt cache in Redis', () => {
  promptCacheCases(async (): Promise<StoreUnderTest> => {
    const redis = new Redis(server.url);
    await redis.flushall();
    const age = async (ms: number) => {
      for (const name of await redis.keys('*')) {
        const left = await redis.pttl(name);
        if (left !== -1) await redis.pexpire(name, left - ms);
      }
    };
    return {
      open: async ({ ttlSeconds = 3600, secret = 's', keys } = {}) =>
        createRedisPromptCache({ url: server.url, ttlSeconds, secret, keys, logger, metrics }),
      age,
      read: async (name) => (await redis.getBuffer(name)) ?? undefined,
      write: async (name, value) => void (await redis.set(name, value, 'KEEPTTL')),
      writerArguments: ['redis', server.url, 's'],
      dispose: async () => redis.disconnect(),
    };
  }, writeFromProcess);
});

describe('a plan’s look-ups', () => {
  it('are one round trip', async () => {
    const cache = await open(server.url);
    const admin = await connect(server.url);
    const reads = async () => {
      const info = await admin.info('stats');
      return Number(/total_reads_processed:(\d+)/.exec(info)?.[1]);
    };
    const keys = Array.from({ length: 100 }, (_, i) => keyOf(i));
    const own = await reads().then(async (first) => (await reads()) - first);
    const before = await reads();
    await cache.fetchMany(A, keys);
    expect((await reads()) - before - own).toBe(1);
  });

  it('take a key that somebody made a list for a miss of that key alone, and for no entry', async () => {
    const cache = await open(server.url);
    const admin = await connect(server.url);
    await cache.clear(A);
    await cache.storeMany(A, [entry]);
    await admin.del(storeKey(A, keyOf('list')));
    await admin.lpush(storeKey(A, keyOf('list')), 'x');
    const hits = await cache.fetchMany(A, [keyOf('list'), entry.key]);
    expect([...hits.keys()]).toEqual([entry.key]);
    expect(await cache.statistics(A)).toMatchObject({ entries: 1, rejected: 1, errors: 0 });
  });
});

describe('in a cluster', () => {
  it('a tenant’s keys share a slot, so that its requests are taken whole', async () => {
    const busPort = `${await freePort()}`;
    const own = await start(['--cluster-enabled', 'yes', '--cluster-port', busPort]);
    const admin = await connect(own.url);
    await admin.cluster('ADDSLOTSRANGE', 0, 16_383);
    await until(async () => (await admin.cluster('INFO')).includes('cluster_state:ok'));
    const cache = await open(own.url);
    const keys = [1, 2, 3, 4].map(keyOf);
    for (const tenant of [A, tenantId('b')]) {
      await cache.storeMany(
        tenant,
        keys.map((key) => ({ key, text: key })),
      );
      expect((await cache.fetchMany(tenant, keys)).size).toBe(keys.length);
      expect(await cache.clear(tenant)).toBe(keys.length);
    }
    const slots = await Promise.all(
      [A, tenantId('b')].map((tenant) => admin.cluster('KEYSLOT', storeKey(tenant, keyOf(1)))),
    );
    expect(slots[0]).not.toBe(slots[1]);
  });
});

describe('while Redis is away', () => {
  let own: RedisServer;
  let cache: PromptCache;
  beforeEach(async () => {
    own = await start();
    cache = await open(own.url, 200);
    await cache.storeMany(A, [entry]);
  });
  afterEach(() => own.thaw());

  it('nothing is hit and one line says so; it is used again when it is back', async () => {
    expect(await fetchOne(cache)).toBe('the answer');
    await own.kill();
    for (let i = 0; i < 3; i += 1) expect(await fetchOne(cache)).toBeUndefined();
    await cache.storeMany(A, [entry]);
    expect(await cache.statistics(A)).toMatchObject({ reachable: false, hits: 1, stores: 1 });
    expect((await cache.statistics(A)).errors).toBeGreaterThanOrEqual(5);
    await expect(cache.clear(A)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });

    await own.restart();
    await until(async () => (await cache.statistics(A)).reachable);
    await cache.storeMany(A, [entry]);
    expect(await fetchOne(cache)).toBe('the answer');
    expect(
      lines.map((line) => /(WARN|INFO) .*?(does not answer|answers again)/.exec(line)?.[1]),
    ).toEqual(['WARN', 'INFO']);
  });

  it('a request in flight when it dies is answered', async () => {
    own.freeze();
    const answer = fetchOne(cache);
    await own.kill();
    expect(await answer).toBeUndefined();
  });

  it('a server that hangs costs one time limit, then nothing, and comes back', async () => {
    own.freeze();
    expect(await fetchOne(cache)).toBeUndefined();
    await until(async () => {
      const start = performance.now();
      await fetchOne(cache);
      return performance.now() - start < 100;
    });
    expect((await cache.statistics(A)).reachable).toBe(false);
    own.thaw();
    await until(async () => (await fetchOne(cache)) === 'the answer');
    expect((await cache.statistics(A)).reachable).toBe(true);
  });
});

describe('a Redis that is read and not written', () => {
  it('answers as before, is said to be so once, and is written again', async () => {
    const own = await start();
    const cache = await open(own.url);
    await cache.storeMany(A, [entry]);
    const admin = await connect(own.url);
    // As one that could not save its data, or lost its replicas: it takes no command that may write.
    await admin.config('SET', 'min-replicas-to-write', '1');
    for (let i = 0; i < 3; i++) {
      expect(await fetchOne(cache)).toBe(entry.text);
      await cache.storeMany(A, [{ key: keyOf(`new ${i}`), text: 'another' }]);
    }
    expect(await cache.statistics(A)).toMatchObject({ hits: 3, errors: 3, reachable: true });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/cannot be written.*NOREPLICAS/);
    await expect(cache.clear(A)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('NOREPLICAS'),
    });
    expect(await cache.statistics(A)).toMatchObject({ reachable: true });
    await admin.config('SET', 'min-replicas-to-write', '0');
    await cache.storeMany(A, [{ key: keyOf('later'), text: 'another' }]);
    expect(await cache.statistics(A)).toMatchObject({ entries: 2 });
    expect(lines).toHaveLength(1);
  });

  it('may be a replica, and is written once it leads', async () => {
    const [leader, own] = [await start(), await start()];
    const cache = await open(own.url);
    await cache.storeMany(A, [entry]);
    const admin = await connect(own.url);
    const value = (await admin.getBuffer(storeKey(A, entry.key)))!;
    await (await connect(leader.url)).set(storeKey(A, entry.key), value);
    await admin.replicaof('127.0.0.1', leader.port);
    await until(async () => (await admin.info('replication')).includes('master_link_status:up'));
    for (let i = 0; i < 3; i++) {
      await cache.storeMany(A, [{ key: keyOf(`new ${i}`), text: 'another' }]);
      await until(async () => (await fetchOne(cache)) === entry.text);
    }
    await admin.replicaof('NO', 'ONE');
    await until(async () => {
      await cache.storeMany(A, [{ key: keyOf('later'), text: 'another' }]);
      return (await admin.exists(storeKey(A, keyOf('later')))) === 1;
    });
    expect(lines.map((line) => /READONLY/.test(line))).toEqual([true]);
  });
});

describe('a connection that was made anew', () => {
  it('is given up when nobody answers on it, and tried again until somebody does', async () => {
    const relay = await startRelay(server.port);
    started.push(() => relay.stop());
    const cache = await open(`redis://127.0.0.1:${relay.port}`, 200);
    await cache.storeMany(A, [entry]);
    relay.swallow(true);
    relay.cut();
    await until(async () => relay.connections === 2);
    relay.swallow(false);
    await until(async () => (await fetchOne(cache)) === 'the answer');
    expect(relay.connections).toBeGreaterThan(2);
  });
});

describe('a Redis that answers slowly within its limit', () => {
  it('is told in the log once, with its time and the limit of it, and used all the same', async () => {
    const relay = await startRelay(server.port);
    started.push(() => relay.stop());
    const cache = await open(`redis://127.0.0.1:${relay.port}`);
    await cache.storeMany(A, [entry]);
    relay.delay(150);
    for (let i = 0; i < 5; i += 1) expect(await fetchOne(cache)).toBe('the answer');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/WARN .*slowly.*store=redis:\/\/127.0.0.1.* tookMs=1\d\d limitMs=100/);
  });
});

describe('createRedisPromptCache', () => {
  it('opens without Redis and uses it once it is there', async () => {
    const port = await freePort();
    const cache = await open(`redis://127.0.0.1:${port}`);
    expect(await fetchOne(cache)).toBeUndefined();
    expect(await cache.statistics(A)).toMatchObject({ reachable: false });
    await start([], port);
    await until(async () => (await cache.statistics(A)).reachable);
    await cache.storeMany(A, [entry]);
    expect(await fetchOne(cache)).toBe('the answer');
  });

  it.each(['', 'localhost:6379', 'http://localhost', 'redis://'])(
    'refuses %j by the name of the setting',
    async (url) => {
      await expect(open(url)).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.stringContaining('redis-url'),
      });
    },
  );

  it('logs in with the URL’s password and never writes it to the log', async () => {
    const guarded = await start(['--requirepass', 'hunter2']);
    const address = `127.0.0.1:${guarded.port}`;
    const right = await open(`redis://:hunter2@${address}`);
    await right.storeMany(A, [entry]);
    expect(await fetchOne(right)).toBe('the answer');
    const wrong = await open(`redis://:hunter3@${address}`);
    expect(await fetchOne(wrong)).toBeUndefined();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/does not answer.*WRONGPASS/);
    expect(lines[0]).toContain(address);
    expect(lines[0]).not.toContain('hunter');
  });

  it('uses a user who may not ask for INFO, and says so in the log instead of on standard error', async () => {
    const own = await start();
    const admin = await connect(own.url);
    await admin.call('ACL', 'SETUSER', 'app', 'on', '>pw', '~*', '+@all', '-info');
    const said = vi.spyOn(console, 'warn').mockImplementation(() => {});
    started.push(() => said.mockRestore());
    const cache = await open(`redis://app:pw@127.0.0.1:${own.port}`);
    await cache.storeMany(A, [entry]);
    expect(await fetchOne(cache)).toBe('the answer');
    expect(said).not.toHaveBeenCalled();
    await admin.call('CLIENT', 'KILL', 'USER', 'app');
    await until(async () => (await fetchOne(cache)) === 'the answer');
    const info = lines.filter((line) => line.includes('INFO command'));
    expect(info).toHaveLength(1);
    expect(info[0]).toMatch(/INFO .*may not.*NOPERM/);
  });

  it('says why Redis refuses it when that is not why it went away', async () => {
    const guarded = await start(['--requirepass', 'hunter2']);
    const cache = await open(`redis://:hunter2@127.0.0.1:${guarded.port}`);
    const admin = await connect(`redis://:hunter2@127.0.0.1:${guarded.port}`);
    await admin.config('SET', 'requirepass', 'hunter3');
    await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await until(async () => (await fetchOne(cache)) === undefined && lines.length === 2);
    expect(lines[1]).toMatch(/WARN.*does not answer.*WRONGPASS/);
    await admin.config('SET', 'requirepass', 'hunter2');
    await until(async () => (await cache.statistics(A)).reachable);
    expect(lines).toHaveLength(3);
    expect(lines[2]).toMatch(/answers again/);
  });

  it('uses no other database than the one it was given', async () => {
    const small = await start(['--databases', '4']);
    const cache = await open(`redis://127.0.0.1:${small.port}/7`);
    await cache.storeMany(A, [entry]);
    expect(await fetchOne(cache)).toBeUndefined();
    expect(await cache.statistics(A)).toMatchObject({ reachable: false });
    expect(await (await connect(small.url)).keys('*')).toEqual([]);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/does not answer.*\/7.*DB index is out of range/);
  });

  it('stores nothing in a full Redis, says so once and goes on using what it holds', async () => {
    const full = await start();
    const cache = await open(full.url);
    await cache.storeMany(A, [entry]);
    const redis = await connect(full.url);
    await redis.config('SET', 'maxmemory', '1');
    for (let i = 0; i < 3; i++) {
      await cache.storeMany(A, [{ key: keyOf(`new ${i}`), text: 'another' }]);
      expect(await fetchOne(cache)).toBe(entry.text);
    }
    expect(await cache.statistics(A)).toMatchObject({ errors: 3, stores: 1, reachable: true });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/takes no new results.*OOM/);
  });
});
