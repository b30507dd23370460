import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
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
    [
      'a text',
      (path: string) => writeFileSync(path, 'no database '.repeat(1000)),
      'not a database',
    ],
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
  it('a damaged file is counted, said once, and answered as misses', async () => {
    const path = join(folder, 'cache.sqlite');
    const first = open(path);
    const entries = Array.from({ length: 200 }, (_, i) => ({
      key: keyOf(i),
      text: `${i}`.repeat(500),
    }));
    await first.storeMany(A, entries);
    await first.close();
    const { size } = statSync(path);
    const cache = open(path);
    const file = await openFile(path, 'r+');
    await file.write(Buffer.alloc(size - 4096, 0xa5), 0, size - 4096, 4096);
    await file.close();
    const keys = entries.map((entry) => entry.key);
    expect((await cache.fetchMany(A, keys)).size).toBe(0);
    expect((await cache.fetchMany(A, keys)).size).toBe(0);
    await cache.storeMany(A, entries.slice(0, 1));
    expect(await cache.statistics(A)).toMatchObject({ reachable: false, hits: 0 });
    expect((await cache.statistics(A)).errors).toBeGreaterThanOrEqual(3);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(path);
    await expect(cache.clear(A)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await cache.close();
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
