import { mkdirSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Clock, systemClock, tenantId } from '@helium/shared';
import { createLogger, createPromptCacheMetrics, noTelemetry } from '@helium/shared/telemetry';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keyOf, promptCacheCases, type StoreUnderTest } from './conformance.cases.ts';
import { entryBytes } from './sqlite-entries.ts';
import { createSqlitePromptCache, type SqlitePromptCacheOptions } from './sqlite-prompt-cache.ts';
import { writeFromProcess, writeUnderFileLimit } from './writer-process.fixture.ts';

const A = tenantId('a');
const B = tenantId('b');
const metrics = createPromptCacheMetrics(noTelemetry().meter);

let folder: string;
let lines: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'helium-cache-'));
  lines = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(path: string, options: Partial<SqlitePromptCacheOptions> = {}) {
  const logger = createLogger('test', 'info', { write: (line) => lines.push(line) });
  const common = { path, ttlSeconds: 3600, secret: 's', maxBytes: 1 << 26, logger, metrics };
  return createSqlitePromptCache({ ...common, ...options });
}

/** Wall time that passes only when told to. */
function clockFrom(startMs: number): Clock & { pass(ms: number): void } {
  let now = startMs;
  return {
    ...systemClock,
    wallTime: () => now,
    pass: (ms) => {
      now += ms;
    },
  };
}

describe('the prompt cache in a SQLite file', () => {
  promptCacheCases(async (): Promise<StoreUnderTest> => {
    const path = join(folder, 'cache.sqlite');
    const clock = clockFrom(Date.now());
    open(path).close();
    const admin = new DatabaseSync(path, { timeout: 1000 });
    const select = admin.prepare('SELECT sealed FROM entry WHERE store_key = ?');
    const update = admin.prepare('UPDATE entry SET sealed = ? WHERE store_key = ?');
    return {
      open: async (options = {}) => open(path, { clock, ...options }),
      age: async (ms) => clock.pass(ms),
      read: async (name) => {
        const sealed = select.get(name)?.sealed;
        return sealed === undefined ? undefined : Buffer.from(sealed as Uint8Array);
      },
      write: async (name, value) => void update.run(value, name),
      writerArguments: ['sqlite', path, 's'],
      dispose: async () => admin.close(),
    };
  }, writeFromProcess);
});

describe('createSqlitePromptCache', () => {
  it('keeps entries in a file that only its owner reads', async () => {
    const path = join(folder, 'made', 'cache.sqlite');
    const first = open(path);
    await first.storeMany(A, [{ key: keyOf('x'), text: '1' }]);
    for (const file of [path, `${path}-wal`]) expect(statSync(file).mode & 0o777).toBe(0o600);
    await first.close();
    const second = open(path);
    expect([...(await second.fetchMany(A, [keyOf('x')])).values()]).toEqual(['1']);
    await second.close();
  });

  it('finds what is still to be written, without writing it, and writes it before it closes', async () => {
    const path = join(folder, 'cache.sqlite');
    const textsOf = async (cache: ReturnType<typeof open>, ...names: string[]) => {
      const found = await cache.fetchMany(A, names.map(keyOf));
      return names.map((name) => found.get(keyOf(name))).filter((text) => text !== undefined);
    };
    const [cache, other] = [open(path), open(path)];
    await cache.storeMany(A, [{ key: keyOf('x'), text: '1' }]);
    const second = cache.storeMany(A, [{ key: keyOf('y'), text: '2' }]);
    expect(await textsOf(other, 'x', 'y')).toEqual(['1']);
    expect(await textsOf(cache, 'x', 'y')).toEqual(['1', '2']);
    expect(await textsOf(other, 'x', 'y')).toEqual(['1']);
    const counts = await cache.statistics(A);
    expect([counts.hits, counts.misses, counts.entries]).toEqual([2, 0, 2]);
    await second;
    expect(await textsOf(other, 'x', 'y')).toEqual(['1', '2']);
    const third = cache.storeMany(A, [{ key: keyOf('z'), text: '3' }]);
    await cache.close();
    await third;
    expect(await textsOf(other, 'z')).toEqual(['3']);
    await other.close();
  });

  it('keeps nothing but what is in use when it has no file', async () => {
    const cache = open(':memory:');
    await cache.storeMany(A, [{ key: keyOf('x'), text: '1' }]);
    expect((await cache.fetchMany(A, [keyOf('x')])).size).toBe(1);
    await cache.close();
  });

  it.each([
    ['a folder', (path: string) => mkdirSync(path), 'EISDIR'],
    [
      "another program's database",
      (path: string) => {
        const other = new DatabaseSync(path);
        other.exec('CREATE TABLE t (x)');
        other.close();
      },
      'another program',
    ],
    [
      'a database of another version',
      (path: string) => {
        void open(path).close();
        const database = new DatabaseSync(path);
        database.exec('PRAGMA user_version = 99');
        database.close();
      },
      'format 99',
    ],
  ])('refuses %s by its path', (_, make, reason) => {
    const path = join(folder, 'cache.sqlite');
    make(path);
    expect(() => open(path)).toThrow(
      expect.objectContaining({
        code: 'STORE_UNAVAILABLE',
        message: expect.stringMatching(new RegExp(`${path}.*${reason}`)),
      }),
    );
  });

  it('refuses a folder that cannot be made by its path', () => {
    writeFileSync(join(folder, 'file'), '');
    const path = join(folder, 'file', 'cache.sqlite');
    expect(() => open(path)).toThrow(expect.objectContaining({ code: 'STORE_UNAVAILABLE' }));
    expect(() => open(path)).toThrow(path);
  });
});

describe('the byte limit', () => {
  const text = 'x'.repeat(1000);
  const bytes = entryBytes(Buffer.alloc(1000 + 33));

  it('evicts what was used longest ago, of whichever tenant', async () => {
    const clock = clockFrom(0);
    const cache = open(':memory:', { clock, maxBytes: 3 * bytes, ttlSeconds: 0 });
    const store = async (tenant: typeof A, name: string) => {
      clock.pass(1000);
      await cache.storeMany(tenant, [{ key: keyOf(name), text }]);
    };
    await store(A, '1');
    await store(B, '2');
    await store(A, '3');
    clock.pass(1000);
    await cache.fetchMany(A, [keyOf('1')]);
    await store(A, '4');
    const left = await cache.fetchMany(A, ['1', '3', '4'].map(keyOf));
    expect([...left.keys()]).toEqual(['1', '3', '4'].map(keyOf));
    expect((await cache.fetchMany(B, [keyOf('2')])).size).toBe(0);
    expect(await cache.statistics(A)).toMatchObject({ entries: 3, bytes: 3 * bytes });
    await cache.close();
  });

  it('evicts the same after the clock was set back, not what is stored then', async () => {
    const clock = clockFrom(3_600_000);
    const cache = open(':memory:', { clock, maxBytes: 3 * bytes, ttlSeconds: 0 });
    const store = (name: string) => cache.storeMany(A, [{ key: keyOf(name), text }]);
    for (const name of ['1', '2', '3']) {
      await store(name);
      clock.pass(1000);
    }
    clock.pass(-3_600_000);
    await store('4');
    clock.pass(1000);
    await store('5');
    const left = await cache.fetchMany(A, ['1', '2', '3', '4', '5'].map(keyOf));
    expect([...left.keys()]).toEqual(['3', '4', '5'].map(keyOf));
    await cache.close();
  });

  it('counts an entry that was replaced once', async () => {
    const cache = open(':memory:', { maxBytes: 3 * bytes });
    for (let i = 0; i < 10; i += 1) await cache.storeMany(A, [{ key: keyOf('x'), text }]);
    expect(await cache.statistics(A)).toMatchObject({ entries: 1, bytes });
    await cache.close();
  });

  it('refuses an entry larger than the whole store aloud, and keeps the others', async () => {
    const cache = open(':memory:', { maxBytes: 3 * bytes });
    await cache.storeMany(A, [
      { key: keyOf('x'), text },
      { key: keyOf('large'), text: text.repeat(4) },
    ]);
    expect(await cache.statistics(A)).toMatchObject({ entries: 1, stores: 1, errors: 1 });
    expect(lines.join()).toContain('larger than the prompt cache');
    await cache.close();
  });
});

describe('faults after it was opened', () => {
  const entries = Array.from({ length: 200 }, (_, i) => ({
    key: keyOf(i),
    text: `${i}`.repeat(500),
  }));
  const keys = entries.map((entry) => entry.key);
  const overwrite = async (path: string, start: number, bytes: number) => {
    const file = await openFile(path, 'r+');
    await file.write(Buffer.alloc(bytes, 0xa5), 0, bytes, start);
    await file.close();
  };
  const filled = async (path: string) => {
    const cache = open(path);
    await cache.storeMany(A, entries);
    await cache.close();
  };
  const remove = (path: string) => {
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
  };
  /** Keeps results as before: they are hit in this process and in the next one. */
  const works = async (cache: ReturnType<typeof open>, path: string) => {
    await cache.storeMany(A, entries.slice(0, 3));
    expect((await cache.fetchMany(A, keys)).size).toBe(3);
    expect(await cache.statistics(A)).toMatchObject({ reachable: true, entries: 3 });
    await cache.close();
    const next = open(path);
    expect((await next.fetchMany(A, keys)).size).toBe(3);
    await next.close();
  };

  it.each([
    ['overwritten', (path: string) => overwrite(path, 4096, statSync(path).size - 4096)],
    ['cut to half', (path: string) => truncateSync(path, statSync(path).size / 2)],
    ['emptied', (path: string) => truncateSync(path, 0)],
  ])('a file that is %s is said once, set aside, and begun anew', async (_, damage) => {
    const path = join(folder, 'cache.sqlite');
    await filled(path);
    const cache = open(path);
    await damage(path);
    expect((await cache.fetchMany(A, keys)).size).toBe(0);
    expect(lines).toEqual([expect.stringContaining(`set aside as ${path}.damaged`)]);
    expect(statSync(`${path}.damaged`).isFile()).toBe(true);
    await works(cache, path);
    expect(lines).toHaveLength(1);
  });

  it('a log that is cut while the file is in use costs what it held, once', async () => {
    const path = join(folder, 'cache.sqlite');
    const cache = open(path);
    await cache.storeMany(A, entries);
    const other = open(path);
    truncateSync(`${path}-wal`, 40_000);
    for (const reader of [other, cache]) {
      for (const text of (await reader.fetchMany(A, keys)).values()) {
        expect(entries.map((entry) => entry.text)).toContain(text);
      }
      await reader.storeMany(A, entries.slice(0, 3));
      expect((await reader.fetchMany(A, keys)).size).toBeGreaterThanOrEqual(3);
      expect(await reader.statistics(A)).toMatchObject({ reachable: true });
    }
    await cache.close();
    await other.close();
  });

  it.each([
    ['a text', (path: string) => writeFileSync(path, 'no database '.repeat(1000))],
    ['overwritten', (path: string) => overwrite(path, 0, 4096)],
  ])('a file that is %s when it is opened is set aside', async (_, damage) => {
    const path = join(folder, 'cache.sqlite');
    await filled(path);
    await damage(path);
    await works(open(path), path);
    expect(lines).toEqual([expect.stringContaining(`set aside as ${path}.damaged`)]);
  });

  it('a file that is removed while in use is said, and made again', async () => {
    const path = join(folder, 'cache.sqlite');
    await filled(path);
    const cache = open(path);
    remove(path);
    await works(cache, path);
    expect(lines).toEqual([expect.stringContaining('removed while in use')]);
  });

  it('a file that another process set aside is left to it', async () => {
    const path = join(folder, 'cache.sqlite');
    await filled(path);
    const [cache, other] = [open(path), open(path)];
    await overwrite(path, 4096, statSync(path).size - 4096);
    await cache.fetchMany(A, keys);
    await cache.storeMany(A, entries.slice(0, 3));
    expect((await other.fetchMany(A, keys)).size).toBe(3);
    await other.storeMany(A, entries.slice(3, 4));
    expect((await cache.fetchMany(A, keys)).size).toBe(4);
    expect(lines).toEqual([
      expect.stringContaining('set aside'),
      expect.stringContaining('replaced while in use'),
    ]);
    await other.close();
    await cache.close();
  });

  it('a folder in the place of the file is counted and said; without it all is well again', async () => {
    const path = join(folder, 'cache.sqlite');
    await filled(path);
    let nowMs = 0;
    const cache = open(path, { clock: { ...systemClock, now: () => nowMs } });
    remove(path);
    mkdirSync(path);
    for (let i = 0; i < 5; i += 1) expect((await cache.fetchMany(A, keys)).size).toBe(0);
    expect(await cache.statistics(A)).toMatchObject({ reachable: false, errors: 6 });
    await expect(cache.clear(A)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    rmSync(path, { recursive: true });
    nowMs += 1000;
    await works(cache, path);
    expect(lines.map((line) => /replaced|does not answer|answers again/.exec(line)?.[0])).toEqual([
      'replaced',
      'does not answer',
      'answers again',
    ]);
  });

  it('a disk that is full is counted and ends nothing; what was stored is still hit', async () => {
    const path = join(folder, 'cache.sqlite');
    const failed = await writeUnderFileLimit(200, ['sqlite', path, 's', A, 'full', '300']);
    expect(failed).toBeGreaterThan(50);
    const cache = open(path);
    expect((await cache.fetchMany(A, [keyOf('full/0')])).size).toBe(1);
    await cache.storeMany(A, [{ key: keyOf('next'), text: '1' }]);
    expect((await cache.fetchMany(A, [keyOf('next')])).size).toBe(1);
    await cache.close();
  });
});
