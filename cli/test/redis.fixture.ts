import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, startChild } from './child.fixture.ts';

/** A real Redis on a port of its own; `start` starts it again after it was ended, empty unless it keeps a file. */
export interface TestRedis {
  readonly url: string;
  start(): Promise<Child>;
}

/** `extra` are arguments of redis-server. */
export async function reserveRedis(...extra: readonly string[]): Promise<TestRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'helium-cli-redis-'));
  const port = await freePort();
  return {
    url: `redis://127.0.0.1:${port}/0`,
    async start() {
      const args = [
        '--port',
        `${port}`,
        '--bind',
        '127.0.0.1',
        '--dir',
        folder,
        '--save',
        '',
        ...extra,
      ];
      const redis = startChild('redis-server', args, {});
      await redis.says(/Ready to accept connections/);
      return redis;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
