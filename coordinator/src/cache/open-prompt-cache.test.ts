import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tenantId } from '@helium/shared';
import { createPromptCacheMetrics, noTelemetry, silentLogger } from '@helium/shared/telemetry';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keptSecret } from './cache-secret.ts';
import { keyOf } from './conformance.cases.ts';
import { openPromptCache } from './open-prompt-cache.ts';
import { startRedisServer } from './redis-server.fixture.ts';

const A = tenantId('a');
const SETTINGS = { 'redis-url': '', 'cache-ttl-seconds': 60, 'cache-secret': '' };
const metrics = createPromptCacheMetrics(noTelemetry().meter);

let stateFolder: string;
beforeEach(() => {
  stateFolder = mkdtempSync(join(tmpdir(), 'helium-state-'));
});
afterEach(() => rmSync(stateFolder, { recursive: true, force: true }));

describe('openPromptCache', () => {
  it('keeps a file in the state folder, under a secret made there once', async () => {
    for (const expected of [[], ['1']]) {
      const cache = await openPromptCache(SETTINGS, { stateFolder, logger: silentLogger, metrics });
      const hits = await cache.fetchMany(A, [keyOf('x')]);
      expect([...hits.values()]).toEqual(expected);
      expect((await cache.statistics(A)).store).toBe('sqlite');
      await cache.storeMany(A, [{ key: keyOf('x'), text: '1' }]);
      await cache.close();
    }
    expect(readdirSync(stateFolder).sort()).toEqual(['cache-secret', 'prompt-cache.sqlite']);
  });

  it('uses Redis where an address is given, and makes no secret where one is given', async () => {
    const server = await startRedisServer();
    const settings = { ...SETTINGS, 'redis-url': server.url, 'cache-secret': 'given' };
    const cache = await openPromptCache(settings, { stateFolder, logger: silentLogger, metrics });
    expect(await cache.statistics(A)).toMatchObject({ store: 'redis', reachable: true });
    expect(readdirSync(stateFolder)).toEqual([]);
    await cache.close();
    await server.stop();
  });
});

describe('keptSecret', () => {
  it('is made once, of 256 bits, for its owner only', () => {
    const secret = keptSecret(stateFolder);
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    expect(keptSecret(stateFolder)).toBe(secret);
    expect(statSync(join(stateFolder, 'cache-secret')).mode & 0o777).toBe(0o600);
    expect(readdirSync(stateFolder)).toEqual(['cache-secret']);
  });

  it('refuses a file that holds something else by its path, and leaves it', () => {
    const path = join(stateFolder, 'cache-secret');
    writeFileSync(path, '');
    chmodSync(path, 0o600);
    expect(() => keptSecret(stateFolder)).toThrow(path);
    expect(readFileSync(path, 'utf8')).toBe('');
  });
});
