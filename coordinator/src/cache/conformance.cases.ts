import { createHash } from 'node:crypto';
import { type TenantId, tenantId } from '@helium/shared';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StorageKeys } from '../storage/storage-keys.ts';
import { NaivePromptCache } from './naive-prompt-cache.ts';
import type { PromptCache } from './prompt-cache.ts';
import { storeKey } from './store-key.ts';

/** One store under test; every cache opened from it sees the same entries. */
export interface StoreUnderTest {
  open(options?: {
    readonly ttlSeconds?: number;
    readonly secret?: string;
    readonly keys?: StorageKeys | undefined;
  }): Promise<PromptCache>;
  /** Lets time pass for the entries, without waiting. */
  age(ms: number): Promise<void>;
  /** The stored value under a store key, or undefined. */
  read(storeKey: string): Promise<Buffer | undefined>;
  /** Replaces a stored value behind the cache's back. */
  write(storeKey: string, value: Buffer): Promise<void>;
  /** Arguments with which `cache-writer.fixture.ts` opens the same store from another process. */
  readonly writerArguments: readonly string[];
  dispose(): Promise<void>;
}

const A = tenantId('a');
const B = tenantId('b/{*}?');

/** A cache key for tests. */
export function keyOf(name: string | number): string {
  return createHash('sha256').update(`${name}`).digest('hex');
}

const KEYS = new StorageKeys('test', [Buffer.alloc(32, 7)]);

/** What every prompt cache does, whatever it keeps its entries in, encrypted or not. */
export function promptCacheCases(
  create: () => Promise<StoreUnderTest>,
  writeFromProcess: (args: readonly string[]) => Promise<number>,
): void {
  describe('with texts as they are', () => casesOf(create, writeFromProcess));
  describe('with texts encrypted', () => {
    const encrypted = async (): Promise<StoreUnderTest> => {
      const store = await create();
      return { ...store, open: (options) => store.open({ keys: KEYS, ...options }) };
    };
    casesOf(encrypted, writeFromProcess);
    encryptionCases(encrypted);
  });
}

function encryptionCases(create: () => Promise<StoreUnderTest>): void {
  it('shows no text to whoever reads the store, is read on with a new key in front, and is a miss without its key', async () => {
    const store = await create();
    const next = Buffer.alloc(32, 8);
    const caches: PromptCache[] = [];
    const openWith = async (keys: StorageKeys | undefined) => {
      const cache = await store.open({ keys });
      caches.push(cache);
      return cache;
    };
    const first = await openWith(KEYS);
    const texts = ['a private answer', 'half a pair \ud800'];
    await first.storeMany(
      A,
      texts.map((text, i) => ({ key: keyOf(i), text })),
    );
    for (const i of texts.keys()) {
      const value = (await store.read(storeKey(A, keyOf(i)))) as Buffer;
      expect(value.includes('private') || value.includes('h\0a\0l\0f')).toBe(false);
    }
    const both = await openWith(new StorageKeys('test', [next, Buffer.alloc(32, 7)]));
    const wanted = texts.map((_, i) => keyOf(i));
    expect([...(await both.fetchMany(A, wanted)).values()]).toEqual(texts);
    for (const keys of [new StorageKeys('test', [next]), undefined]) {
      const without = await openWith(keys);
      expect((await without.fetchMany(A, wanted)).size).toBe(0);
      expect(await without.statistics(A)).toMatchObject({ rejected: 2 });
    }
    for (const cache of caches) await cache.close();
    await store.dispose();
  });
}

function casesOf(
  create: () => Promise<StoreUnderTest>,
  writeFromProcess: (args: readonly string[]) => Promise<number>,
): void {
  let store: StoreUnderTest;
  let cache: PromptCache;

  beforeEach(async () => {
    store = await create();
    cache = await store.open();
  });
  afterEach(async () => {
    await cache.close();
    await store.dispose();
  });

  const put = (tenant: TenantId, texts: Readonly<Record<string, string>>) =>
    cache.storeMany(
      tenant,
      Object.entries(texts).map(([name, text]) => ({ key: keyOf(name), text })),
    );
  const get = async (name: string, tenant = A, from = cache) =>
    (await from.fetchMany(tenant, [keyOf(name)])).get(keyOf(name));

  describe('fetchMany and storeMany', () => {
    it('answer what was stored last, and nothing for the other keys', async () => {
      await put(A, { x: 'old', y: 'two' });
      await put(A, { x: 'new' });
      const hits = await cache.fetchMany(A, [keyOf('x'), keyOf('z'), keyOf('y'), keyOf('x')]);
      expect([...hits]).toEqual([
        [keyOf('x'), 'new'],
        [keyOf('y'), 'two'],
      ]);
    });

    it.each([
      ['nothing', ''],
      ['zero bytes and line ends', 'a\0b\r\n\u0085'],
      ['every plane', 'é ß 漢字 👩🏽‍🚀 \u{10FFFF} \uFFFE'],
      ['lone surrogates', 'x\uD800y\uDFFF'],
      ['a mebibyte', 'ä'.repeat(1 << 19)],
    ])('keep %s bit for bit', async (_, text) => {
      await put(A, { x: text });
      expect((await get('x')) === text).toBe(true);
    });

    it('take thousands of entries at once', async () => {
      const entries = Array.from({ length: 5000 }, (_, i) => ({ key: keyOf(i), text: `t${i}` }));
      await cache.storeMany(A, entries);
      const hits = await cache.fetchMany(A, [keyOf('none'), ...entries.map((e) => e.key)]);
      expect([...hits]).toEqual(entries.map((e) => [e.key, e.text]));
    });

    it('take nothing at all', async () => {
      await cache.storeMany(A, []);
      expect((await cache.fetchMany(A, [])).size).toBe(0);
    });
  });

  describe('tenants', () => {
    it('do not see each other', async () => {
      await put(A, { x: 'of a' });
      expect(await get('x', B)).toBeUndefined();
      await put(B, { x: 'of b' });
      expect([await get('x', A), await get('x', B)]).toEqual(['of a', 'of b']);
    });

    it('clear their own entries and learn how many', async () => {
      await put(A, { x: '1', y: '2', z: '3' });
      await put(B, { x: '4' });
      expect(await cache.clear(A)).toBe(3);
      expect(await cache.clear(A)).toBe(0);
      expect([await get('x', A), await get('x', B)]).toEqual([undefined, '4']);
    });

    it('have statistics of their own', async () => {
      await put(A, { x: '12345', y: '1' });
      await get('x');
      await get('none');
      const a = await cache.statistics(A);
      expect(a).toMatchObject({ reachable: true, entries: 2, hits: 1, misses: 1, stores: 2 });
      expect(a).toMatchObject({ errors: 0, rejected: 0 });
      expect(a.bytes).toBeGreaterThan(6);
      expect(await cache.statistics(B)).toMatchObject({ entries: 0, bytes: 0, hits: 0, misses: 0 });
    });
  });

  describe('stored values', () => {
    it('are rejected when any byte of them was changed', async () => {
      await put(A, { x: 'the answer' });
      const name = storeKey(A, keyOf('x'));
      const sealed = (await store.read(name))!;
      for (let at = 0; at < sealed.length; at += 1) {
        const changed = Buffer.from(sealed);
        changed[at]! ^= 1 << (at % 8);
        await store.write(name, changed);
        expect(await get('x')).toBeUndefined();
      }
      const { rejected, misses, hits, errors } = await cache.statistics(A);
      expect({ rejected, misses, hits, errors }).toEqual({
        rejected: sealed.length,
        misses: sealed.length,
        hits: 0,
        errors: 0,
      });
    });

    it('are rejected when they are cut, empty, or put under another key or tenant', async () => {
      await put(A, { x: 'the answer' });
      const sealed = (await store.read(storeKey(A, keyOf('x'))))!;
      for (const cut of [0, 1, 20, 33, sealed.length - 1]) {
        await store.write(storeKey(A, keyOf('x')), sealed.subarray(0, cut));
        expect(await get('x')).toBeUndefined();
      }
      await put(A, { y: 'other' });
      await put(B, { x: 'other' });
      await store.write(storeKey(A, keyOf('y')), sealed);
      await store.write(storeKey(B, keyOf('x')), sealed);
      expect([await get('y', A), await get('x', B)]).toEqual([undefined, undefined]);
    });

    it('are rejected under another secret, and replaced by what is stored next', async () => {
      await put(A, { x: 'the answer' });
      const other = await store.open({ secret: 'another' });
      expect(await get('x', A, other)).toBeUndefined();
      expect(await other.statistics(A)).toMatchObject({ rejected: 1 });
      await other.storeMany(A, [{ key: keyOf('x'), text: 'again' }]);
      expect(await get('x', A, other)).toBe('again');
      await other.close();
    });

    it('do not show the text of a tenant id', async () => {
      await put(B, { x: '1' });
      expect(storeKey(B, keyOf('x'))).toMatch(/^helium:v1:\{[0-9a-f]{32}\}:[0-9a-f]{64}$/);
      expect(await store.read(storeKey(B, keyOf('x')))).toBeDefined();
    });
  });

  describe('life', () => {
    it('ends ttlSeconds after the last use', async () => {
      const brief = await store.open({ ttlSeconds: 10 });
      await brief.storeMany(A, [
        { key: keyOf('used'), text: '1' },
        { key: keyOf('unused'), text: '2' },
      ]);
      await store.age(6000);
      expect(await get('used', A, brief)).toBe('1');
      await store.age(6000);
      expect(await get('used', A, brief)).toBe('1');
      expect(await get('unused', A, brief)).toBeUndefined();
      expect(await brief.statistics(A)).toMatchObject({ entries: 1 });
      await store.age(10_000);
      expect(await get('used', A, brief)).toBeUndefined();
      await brief.close();
    });

    it('has no end when ttlSeconds is 0', async () => {
      const lasting = await store.open({ ttlSeconds: 0 });
      await lasting.storeMany(A, [{ key: keyOf('x'), text: '1' }]);
      await store.age(1e12);
      expect(await get('x', A, lasting)).toBe('1');
      await lasting.close();
    });
  });

  it('behaves as a map with a time of last use, over any sequence of requests', async () => {
    const tenant = fc.constantFrom(A, B);
    const name = fc.integer({ min: 0, max: 5 });
    const names = fc.array(name, { maxLength: 6 });
    const step = fc.oneof(
      fc.record({ do: fc.constant('fetch' as const), tenant, names }),
      fc.record({ do: fc.constant('store' as const), tenant, names, text: fc.string() }),
      fc.record({ do: fc.constant('clear' as const), tenant }),
      fc.record({ do: fc.constant('age' as const), ms: fc.integer({ min: 0, max: 15 }) }),
    );
    const brief = await store.open({ ttlSeconds: 10 });
    const check = async (steps: (typeof step extends fc.Arbitrary<infer S> ? S : never)[]) => {
      const twin = new NaivePromptCache(10);
      await brief.clear(A);
      await brief.clear(B);
      for (const s of steps) {
        if (s.do === 'age') {
          await store.age(s.ms * 1000);
          twin.age(s.ms * 1000);
        } else if (s.do === 'clear') {
          expect(await brief.clear(s.tenant)).toBe(twin.clear(s.tenant));
        } else if (s.do === 'store') {
          const entries = s.names.map((n) => ({ key: keyOf(n), text: s.text }));
          await brief.storeMany(s.tenant, entries);
          twin.store(s.tenant, entries);
        } else {
          const keys = s.names.map(keyOf);
          const hits = await brief.fetchMany(s.tenant, keys);
          expect([...hits].sort()).toEqual([...twin.fetch(s.tenant, keys)].sort());
        }
      }
    };
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 20 }), check), { numRuns: 40 });
    await brief.close();
  });

  it('is shared by processes that write at the same time', async () => {
    const processes = 3;
    const perProcess = 200;
    const runs = Array.from({ length: processes }, (_, i) =>
      writeFromProcess([...store.writerArguments, A, `${i}`, `${perProcess}`]),
    );
    expect(await Promise.all(runs)).toEqual(Array(processes).fill(0));
    const keys = Array.from({ length: processes * perProcess }, (_, i) =>
      keyOf(`${Math.floor(i / perProcess)}/${i % perProcess}`),
    );
    const hits = await cache.fetchMany(A, [...keys, keyOf('shared')]);
    expect(keys.filter((key) => !hits.has(key))).toEqual([]);
    expect(hits.get(keyOf('shared'))).toBe('same');
  });
}
