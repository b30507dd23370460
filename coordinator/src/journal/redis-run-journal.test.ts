import { setTimeout } from 'node:timers/promises';
import { runId } from '@helium/shared';
import { createLogger, type Logger, silentLogger } from '@helium/shared/telemetry';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type RedisServer, startRedisServer } from '../cache/redis-server.fixture.ts';
import { StorageKeys } from '../storage/storage-keys.ts';
import { journalConforms } from './conformance.cases.ts';
import { RedisRunJournal } from './redis-run-journal.ts';
import type { RunJournal } from './run-journal.ts';
import { SealedRunJournal } from './sealed-run-journal.ts';

const AOF = ['--appendonly', 'yes', '--appendfsync', 'always'];
const r1 = runId('r1');

let server: RedisServer;
let names = 0;

beforeAll(async () => {
  server = await startRedisServer(AOF);
});
afterAll(() => server.stop());

async function open(
  name: string,
  changes: Partial<Parameters<typeof RedisRunJournal.open>[0]> = {},
) {
  const usual = { url: server.url, name, logger: silentLogger, onFenced: () => {}, leaseMs: 300 };
  const journal = await RedisRunJournal.open({ ...usual, ...changes });
  onTestFinished(() => journal.close());
  return journal;
}

/** The first line with that text which the logger is told. */
function heard(text: string): [line: Promise<string>, logger: Logger] {
  const told = Promise.withResolvers<string>();
  const write = (line: string) => line.includes(text) && told.resolve(line);
  return [told.promise, createLogger('test', 'info', { write })];
}

async function connect(url: string): Promise<Redis> {
  const redis = new Redis(url);
  onTestFinished(() => redis.disconnect());
  return redis;
}

describe('RedisRunJournal', () => {
  journalConforms(async () => {
    const name = `case ${++names}`;
    let last: RedisRunJournal | undefined;
    return {
      open: async () => {
        await last?.close();
        last = await open(name);
        return last;
      },
    };
  });

  describe('sealed', () => {
    journalConforms(async () => {
      const name = `sealed ${++names}`;
      const keys = new StorageKeys('test', [Buffer.alloc(32, 1)]);
      let last: RunJournal | undefined;
      return {
        open: async () => {
          await last?.close();
          last = new SealedRunJournal(await open(name), keys);
          return last;
        },
      };
    });
  });

  it('refuses a second coordinator for as long as the first lives, and names another way', async () => {
    const first = await open('shared');
    await expect(open('shared')).rejects.toThrow(
      /run journal "shared" in redis:\/\/.*: another coordinator has it open; give this one another run-journal-name/,
    );
    await open('another');
    await first.accept(r1, 'a');
    await first.append([{ run: r1, entries: ['still here'] }]);
  });

  it('waits for a coordinator that still stops, and has its lease and what it wrote as soon as it ended', async () => {
    const first = await open('handed over', { leaseMs: 10_000 });
    const [waiting, logger] = heard('waiting for the run journal');
    const opening = open('handed over', { leaseMs: 10_000, logger });
    expect(await waiting).toContain('another coordinator has it open');
    await first.accept(r1, 'asked late');
    const redis = await connect(server.url);
    expect(await redis.exists('helium:{runs:handed over}:lease')).toBe(1);
    await first.close();
    const second = await opening;
    expect(second.epoch).toBe(first.epoch + 1);
    expect((await second.load()).runs).toEqual([{ id: r1, accepted: 'asked late', entries: [] }]);
  });

  it('gives its lease back when it is closed, so that nobody waits for its end', async () => {
    const journal = await open('given back', { leaseMs: 10_000 });
    const redis = await connect(server.url);
    expect(await redis.exists('helium:{runs:given back}:lease')).toBe(1);
    await journal.close();
    expect(await redis.exists('helium:{runs:given back}:lease')).toBe(0);
  });

  it('waits for the end of the lease of a coordinator that died', async () => {
    const redis = await connect(server.url);
    const lease = 'helium:{runs:left behind}:lease';
    await redis.set(lease, 'who died', 'PX', 60_000);
    const [waiting, logger] = heard('waiting for the run journal');
    const opening = open('left behind', { leaseMs: 10_000, logger });
    await waiting;
    await redis.pexpire(lease, 1);
    expect((await opening).epoch).toBe(1);
  });

  it.each(['held by another', 'away'])(
    'ends its wait for a journal that is %s when it is told to',
    async (why) => {
      const own = await startRedisServer(AOF);
      onTestFinished(() => own.stop());
      if (why === 'away') await own.kill();
      else await open('not had', { url: own.url });
      const stop = new AbortController();
      const [waiting, logger] = heard('waiting for the run journal');
      const { signal } = stop;
      const opening = open('not had', { url: own.url, leaseMs: 600_000, logger, signal });
      await waiting;
      stop.abort();
      await expect(opening).rejects.toThrow('aborted');
    },
  );

  it('waits for a Redis that is being started, and names one that does not come', async () => {
    const own = await startRedisServer(AOF);
    onTestFinished(() => own.stop());
    await own.kill();
    await expect(open('away', { url: own.url })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining(`run journal "away" in ${own.url}`),
    });
    const [waiting, logger] = heard('waiting for the run journal');
    const opening = open('coming', { url: own.url, leaseMs: 10_000, logger });
    expect(await waiting).toContain(`${own.url}: connect ECONNREFUSED`);
    await own.restart();
    expect((await opening).epoch).toBe(1);
  });

  it('writes nothing more, and says so, once another has taken it over', async () => {
    const told: string[] = [];
    const first = await open('taken', { onFenced: (message) => told.push(message) });
    await first.accept(r1, 'a');
    // As when it hung for longer than its lease.
    await (await connect(server.url)).del('helium:{runs:taken}:lease');
    const second = await open('taken');
    await expect(first.append([{ run: r1, entries: ['late'] }])).rejects.toThrow('FENCED');
    await expect(first.accept(runId('r2'), 'b')).rejects.toThrow('FENCED');
    expect(told).toEqual([expect.stringContaining('another coordinator took it over')]);
    expect((await second.load()).runs).toEqual([{ id: r1, accepted: 'a', entries: [] }]);
  });

  it('has what it acknowledged after Redis was killed, where Redis has an append-only file', async () => {
    const own = await startRedisServer(AOF);
    onTestFinished(() => own.stop());
    const journal = await open('killed', { url: own.url });
    await journal.accept(r1, 'a');
    await journal.append([{ run: r1, entries: ['1'] }]);
    await own.kill();
    await expect(journal.append([{ run: r1, entries: ['2'] }])).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
    await own.restart();
    for (;;) {
      const isDone = await journal.append([{ run: r1, entries: ['2'] }]).then(
        () => true,
        () => false,
      );
      if (isDone) break;
      await setTimeout(20);
    }
    await journal.append([{ run: r1, entries: ['3'] }]);
    expect((await journal.load()).runs).toEqual([
      { id: r1, accepted: 'a', entries: ['1', '2', '3'] },
    ]);
  });

  it('warns where Redis has none, tells what that cost, and keeps what comes after', async () => {
    const lines: string[] = [];
    const logger = createLogger('test', 'info', { write: (line) => lines.push(line) });
    const own = await startRedisServer();
    onTestFinished(() => own.stop());
    const journal = await open('forgetful', { url: own.url, logger });
    expect(lines.join('')).toContain(
      'Redis keeps no append-only file, or does not say so: runs that were acknowledged are lost when it dies',
    );
    await journal.accept(r1, 'a');
    await own.restart();
    const r2 = runId('r2');
    for (;;) {
      const isDone = await journal.accept(r2, 'b').then(
        () => true,
        () => false,
      );
      if (isDone) break;
      await setTimeout(20);
    }
    expect(lines.join('')).toContain('Redis lost the run journal');
    await journal.append([
      { run: r1, entries: ['1'] },
      { run: r2, entries: ['1'] },
    ]);
    expect((await journal.load()).runs).toEqual([{ id: r2, accepted: 'b', entries: ['1'] }]);
  });

  it('tells which runs Redis dropped a part of', async () => {
    const journal = await open('evicted');
    await journal.accept(r1, 'a');
    await journal.append([{ run: r1, entries: ['1'] }]);
    await (await connect(server.url)).del('helium:{runs:evicted}:entries:r1');
    expect((await journal.load()).runs).toEqual([
      { id: r1, accepted: 'a', entries: [], damage: expect.stringContaining('0 of its 1 groups') },
    ]);
  });

  it('does not write a group twice that it was not told of in time', async () => {
    const journal = await open('slow', { timeoutMs: 200, leaseMs: 60_000 });
    await journal.accept(r1, 'a');
    server.freeze();
    await expect(journal.append([{ run: r1, entries: ['1'] }])).rejects.toThrow(
      'no answer within 200 ms',
    );
    server.thaw();
    await journal.append([{ run: r1, entries: ['1'] }]);
    await journal.append([{ run: r1, entries: ['2'] }]);
    expect((await journal.load()).runs[0]?.entries).toEqual(['1', '2']);
  });

  it('has all its keys in one slot of a cluster, and gives each run an end', async () => {
    const journal = await open('slots');
    await journal.accept(r1, 'a');
    await journal.append([{ run: r1, entries: ['1'] }]);
    const redis = await connect(server.url);
    const keys = await redis.keys('helium:{runs:slots}:*');
    expect(keys.length).toBeGreaterThan(4);
    const lives = () =>
      Promise.all(
        ['request', 'entries'].map((what) => redis.pttl(`helium:{runs:slots}:${what}:r1`)),
      );
    // What has no life is evicted by no policy that Redis should have.
    expect(await lives()).toEqual([-1, -1]);
    await journal.append([{ run: r1, entries: ['2'], isEnd: true }]);
    expect(Math.min(...(await lives()))).toBeGreaterThan(0);
  });
});
