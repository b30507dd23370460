import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { World } from './helium.fixture.ts';

const LOG_CONNECTIONS = new URL('log-connections.fixture.ts', import.meta.url).href;

/** A coordinator or worker as a process of its own. */
export interface ObservedProgram {
  /** What its ready line names. */
  readonly announced: string;
  /** host:port where it serves metrics. */
  readonly metrics: string;
  /** host:port of every connection it opened so far. */
  connections(): string[];
  /** Drains it; resolves when it has ended, its last telemetry sent. */
  stop(): Promise<void>;
}

/** A coordinator and two simulated workers, started one by one as on several machines. */
export interface ObservedCluster {
  readonly address: string;
  readonly coordinator: ObservedProgram;
  readonly workers: readonly ObservedProgram[];
}

/** Starts a cluster that knows of OTEL_* variables only those given; ended with the test. */
export async function startObservedCluster(
  world: World,
  variables: Readonly<Record<string, string>> = {},
): Promise<ObservedCluster> {
  const coordinator = await start(world, variables, {
    room: 'coordinator',
    ready: /^helium coordinator listening on (\S+)/m,
    flags: ['--listen', '127.0.0.1:0'],
  });
  const address = coordinator.announced;
  const workers: ObservedProgram[] = [];
  for (const id of ['w1', 'w2']) {
    const flags = ['--coordinator', address, '--worker-id', id, '--engine', 'sim'];
    workers.push(
      await start(world, variables, { room: 'worker', ready: /attached to (\S+)/, flags }),
    );
  }
  return { address, coordinator, workers };
}

interface Program {
  readonly room: 'coordinator' | 'worker';
  readonly ready: RegExp;
  readonly flags: readonly string[];
}

let started = 0;

async function start(
  world: World,
  variables: Readonly<Record<string, string>>,
  { room, ready, flags }: Program,
): Promise<ObservedProgram> {
  const main = fileURLToPath(import.meta.resolve(`@helium/${room}/main`));
  const log = world.file(`connections-${started++}.txt`, '');
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('OTEL_'));
  const home = { HELIUM_HOME: join(world.home, 'cluster'), CONNECTIONS_LOG: log };
  const args = ['--import', LOG_CONNECTIONS, main, '--metrics-listen', '127.0.0.1:0', ...flags];
  const child = spawn(process.execPath, args, {
    env: { ...Object.fromEntries(inherited), ...variables, ...home },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exited = once(child, 'close');
  const early = exited.then(([code]) => {
    throw new Error(`the ${room} ended with ${code} before it was ready`);
  });
  const [announced, metrics] = await Promise.race([
    Promise.all([
      firstGroup(child.stdout, ready),
      firstGroup(child.stderr, /serving metrics address=(\S+)/),
    ]),
    early,
  ]);
  return {
    announced,
    metrics,
    connections: () => readFileSync(log, 'utf8').split('\n').filter(Boolean),
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** The pattern's first group, once it has been written. */
function firstGroup(stream: Readable, pattern: RegExp): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    stream.on('data', (chunk) => {
      text += chunk;
      const group = pattern.exec(text)?.[1];
      if (group !== undefined) resolve(group);
    });
  });
}
