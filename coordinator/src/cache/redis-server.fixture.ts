import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A real Redis on a free loopback port, in a folder of its own, for tests. */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** Ends the process at once, as a crash does; what it held is gone. */
  kill(): Promise<void>;
  /** Starts it again on the same port, empty. */
  restart(): Promise<void>;
  /** Stops the process without closing its sockets, and lets it go on. */
  freeze(): void;
  thaw(): void;
  /** Ends the process and removes the folder. */
  stop(): Promise<void>;
}

const MISSING = 'redis-server is not in PATH; install it (Debian: apt-get install redis-server)';

/** Starts it and waits until it takes connections. `extra` are arguments of redis-server. */
export async function startRedisServer(
  extra: readonly string[] = [],
  chosenPort?: number,
): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'helium-redis-'));
  const port = chosenPort ?? (await freePort());
  let child = await launch(folder, port, extra);
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  return {
    url: `redis://127.0.0.1:${port}/0`,
    port,
    kill,
    async restart() {
      await kill();
      child = await launch(folder, port, extra);
    },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    async stop() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function launch(folder: string, port: number, extra: readonly string[]) {
  const fixed = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', ''];
  const child: ChildProcess = spawn('redis-server', [...fixed, ...extra], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const failed = once(child, 'error').then(([error]) => {
    throw new Error((error as NodeJS.ErrnoException).code === 'ENOENT' ? MISSING : String(error));
  });
  await Promise.race([failed, untilReady(child)]);
  return child;
}

async function untilReady(child: ChildProcess): Promise<void> {
  let log = '';
  for await (const chunk of child.stdout ?? []) {
    log += chunk;
    if (log.includes('Ready to accept connections')) {
      child.stdout?.resume();
      return;
    }
  }
  throw new Error(`redis-server ended before it was ready:\n${log}`);
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
