import { fileURLToPath } from 'node:url';
import { HeliumClient } from '@helium/client';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Child, commandOf, descendants, startChild } from './child.fixture.ts';
import { CHAIN_CALLS, follow, startChain } from './cluster.fixture.ts';
import { createWorld, type World } from './helium.fixture.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

let world: World;

beforeAll(async () => {
  world = await createWorld();
});

/** `helium up` of two simulated workers; CHAIN takes about three seconds. */
async function up(): Promise<{ helium: Child; client: HeliumClient }> {
  const sim = ['--engine', 'sim', '--sim-speed', '1', '--max-batch', '2'];
  const times = ['--heartbeat-ms', '200', '--worker-timeout-ms', '5000'];
  const place = ['--workers', '2', '--listen', '127.0.0.1:0'];
  const args = [MAIN, 'up', '--run-journal', 'on', ...sim, ...times, ...place];
  const helium = startChild(process.execPath, args, { env: world.environment });
  const [, address = ''] = await helium.says(/coordinator listening on (\S+)\n/);
  await helium.says(/ready; interrupt to stop/);
  const client = new HeliumClient(address);
  onTestFinished(() => client.close());
  return { helium, client };
}

/** Its present process. */
function pidOf(helium: Child, room: 'coordinator' | 'worker'): number {
  const found = descendants(helium.pid).find((pid) => commandOf(pid).includes(`${room}/src/main`));
  if (found === undefined) throw new Error(`there is no ${room}`);
  return found;
}

/** Resolves when the count is higher, or the process has ended. */
async function untilMore(helium: Child, count: () => number, than: number): Promise<undefined> {
  while (count() <= than && helium.process.exitCode === null)
    await new Promise((resolve) => setTimeout(resolve, 50));
}

describe('helium up', () => {
  it('starts a coordinator and a worker that die again: the run goes on, with the bytes of the naive run', async () => {
    const { helium, client } = await up();
    const quiet = await follow(await startChain({ client }, { naive: true }));
    let finished = 0;
    const disturbed = await follow(await startChain({ client }), (event) => {
      if (event.kind !== 'callFinished') return;
      finished++;
      if (finished === 3) process.kill(pidOf(helium, 'worker'), 'SIGKILL');
      if (finished === 7) process.kill(pidOf(helium, 'coordinator'), 'SIGKILL');
    });
    expect(disturbed.hash).toBe(quiet.hash);
    expect(disturbed.executed).toEqual(CHAIN_CALLS);
    const { stderr } = helium.output;
    expect(stderr).toMatch(/^worker \d died \(signal SIGKILL\); it is started again in 250 ms$/m);
    expect(stderr).toContain('coordinator died (signal SIGKILL); it is started again in 250 ms\n');
    expect(stderr).toContain('coordinator runs again: ');
    await expect
      .poll(async () => (await client.listWorkers()).map(({ state }) => state))
      .toEqual(['ready', 'ready']);
    helium.signal('SIGINT');
    expect(await helium.exited).toBe(0);
  });

  it('gives up a coordinator that dies each time, and says so', async () => {
    const { helium } = await up();
    const lives = () => helium.output.stderr.match(/coordinator runs again/g)?.length ?? 0;
    // Five times, unless the machine is so busy that one has lived for long.
    for (let life = 0; life < 20; life++) {
      process.kill(pidOf(helium, 'coordinator'), 'SIGKILL');
      const lived = await Promise.race([helium.exited, untilMore(helium, lives, life)]);
      if (lived !== undefined) break;
    }
    expect(await helium.exited).toBe(3);
    expect(helium.output.stderr).toMatch(
      /coordinator died 5 times in a row, each time less than 30 s .*, last by signal SIGKILL; see .*\.log/,
    );
    expect(descendants(helium.pid)).toEqual([]);
  });
});
