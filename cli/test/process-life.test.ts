import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { HeliumClient } from '@helium/client';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startRoom } from './child.fixture.ts';
import { createWorld, questionRows, REVIEW, type World } from './helium.fixture.ts';

let world: World;

beforeAll(async () => {
  world = await createWorld();
});

interface Up {
  readonly helium: ChildProcess;
  readonly coordinator: string;
  readonly processes: readonly { readonly name: string; readonly pid: number }[];
}

/** `helium up` of two simulated workers in a process group of its own, as a shell starts it. */
async function up(environment: Readonly<Record<string, string>> = {}): Promise<Up> {
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
  const flags = ['--engine', 'sim', '--workers', '2', '--listen', '127.0.0.1:0', '--json'];
  const helium = spawn(process.execPath, [main, 'up', ...flags], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...world.environment, ...environment },
  });
  onTestFinished(() => void helium.kill('SIGKILL'));
  const [line] = (await once(createInterface({ input: helium.stdout }), 'line')) as [string];
  return { helium, ...JSON.parse(line) };
}

/** Resolves when no process of these ids is left; the test's own limit is the limit. */
async function gone(processes: Up['processes']): Promise<void> {
  while (processes.some(({ pid }) => isAlive(pid))) {
    await pause();
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 50));
}

async function waitForLine(
  child: ChildProcess,
  wanted: string,
  from: 'stdout' | 'stderr' = 'stdout',
): Promise<void> {
  const output = child[from];
  if (output === null) throw new Error('its output is not ours');
  for await (const line of createInterface({ input: output })) if (line === wanted) return;
  throw new Error(`it ended without the line: ${wanted}`);
}

function isListening(address: string): Promise<boolean> {
  const [host, port] = address.split(':');
  return new Promise((resolve) => {
    const socket = connect(Number(port), host, () => resolve(true)).once('error', () =>
      resolve(false),
    );
    socket.once('connect', () => socket.destroy());
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('the processes that helium starts', () => {
  it('end when helium is killed without a chance to stop them', async () => {
    const { helium, processes } = await up();
    expect(processes.map(({ name }) => name).sort()).toEqual([
      'coordinator',
      'worker 1',
      'worker 2',
    ]);
    helium.kill('SIGKILL');
    await gone(processes);
    expect(processes.filter(({ pid }) => isAlive(pid))).toEqual([]);
  });

  it('end in order, with exit code 0, when a terminal interrupts the whole group', async () => {
    const { helium, processes } = await up();
    process.kill(-helium.pid!, 'SIGINT');
    const [code] = await once(helium, 'exit');
    expect(code).toBe(0);
    expect(processes.filter(({ pid }) => isAlive(pid))).toEqual([]);
  });

  it('serve on when a worker is drained, and end with the last one', async () => {
    const { helium, coordinator, processes } = await up();
    const client = new HeliumClient(coordinator);
    onTestFinished(() => client.close());
    await client.drainWorker('worker-1');
    await waitForLine(helium, 'worker 1 ended; 1 of 2 serve on', 'stderr');
    expect((await client.listWorkers()).map(({ id }) => id)).toEqual(['worker-2']);
    await client.drainWorker('worker-2');
    const [code] = await once(helium, 'exit');
    expect(code).toBe(3);
    expect(processes.filter(({ pid }) => isAlive(pid))).toEqual([]);
  });

  it('include that of helium coordinator: it ends when its starter is killed', async () => {
    const listen = `127.0.0.1:${await freePort()}`;
    const helium = world.start('coordinator', '--listen', listen);
    onTestFinished(() => void helium.kill('SIGKILL'));
    await waitForLine(helium, `helium coordinator listening on ${listen}`);
    expect(await isListening(listen)).toBe(true);
    helium.kill('SIGKILL');
    while (await isListening(listen)) await pause();
    expect(await isListening(listen)).toBe(false);
  });

  it.each([
    ['worker', 'it drained'],
    ['coordinator', 'the coordinator shuts down'],
  ] as const)('part without a warning of the coordinator, the %s first', async (first, reason) => {
    const environment = { ...process.env, HELIUM_HOME: world.home };
    const coordinator = startRoom('coordinator', environment, '--listen', '127.0.0.1:0');
    const [, address = ''] = await coordinator.says(/listening on (\S+)/);
    const flags = ['--coordinator', address, '--engine', 'sim', '--worker-id', 'w'];
    const worker = startRoom('worker', environment, ...flags);
    await worker.says(/helium worker w serving/);
    const [one, other] = first === 'worker' ? [worker, coordinator] : [coordinator, worker];
    for (const room of [one, other]) {
      room.signal('SIGTERM');
      expect(await room.exited).toBe(0);
    }
    expect(coordinator.output.stderr).toContain(`worker left worker=w epoch=1 reason="${reason}"`);
    expect(coordinator.output.stderr).not.toContain('WARN');
  });

  it('share no address: the coordinator has the metrics, nobody the health', async () => {
    const port = await freePort();
    const listen = `127.0.0.1:${port}`;
    const { coordinator } = await up({
      HELIUM_METRICS_LISTEN: listen,
      HELIUM_HEALTH_LISTEN: listen,
    });
    const page = await (await fetch(`http://${listen}/metrics`)).text();
    expect(page).toContain('service_name="helium-coordinator"');
    const workflow = world.file('review.yaml', REVIEW);
    const rows = world.file('rows.jsonl', questionRows(0, 1));
    const report = await world.run(workflow, '--rows', rows, '--coordinator', coordinator);
    expect(report.operators.submitted).toBe(5);
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
