import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Child, commandOf, descendants, isAlive, startChild } from './child.fixture.ts';
import { CHAIN, QUESTIONS, SLOW_SIM, startProcesses } from './cluster.fixture.ts';
import { createWorld, type World } from './helium.fixture.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

let world: World;
let batch: readonly string[];

beforeAll(async () => {
  world = await createWorld();
  const lines = QUESTIONS.map((question) => JSON.stringify({ question }));
  batch = [world.file('chain.yaml', CHAIN), '--rows', world.file('rows.jsonl', lines.join('\n'))];
});

/** `helium run` of a batch that takes seconds. */
function startRun(...flags: readonly string[]): Child {
  const args = [MAIN, 'run', ...batch, '--no-cache', ...flags];
  return startChild(process.execPath, args, { env: world.environment });
}

const EMBEDDED = [...SLOW_SIM, '--workers', '1'];

describe('helium explain', () => {
  it('waits no longer for a coordinator that does not answer when it is interrupted', async () => {
    const silent = createServer();
    onTestFinished(() => void silent.close());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const args = [MAIN, 'explain', ...batch, '--coordinator', `127.0.0.1:${port}`];
    const called = new Promise((resolve) => silent.once('connection', resolve));
    const helium = startChild(process.execPath, args, { env: world.environment });
    await called;
    helium.signal('SIGINT');
    expect(await helium.exited).toBe(130);
    expect(helium.output.stderr).toBe('RUN_CANCELLED: interrupted\n');
  });
});

describe('a command whose output nobody reads any more', () => {
  it.each([['examples'], ['run', '--json']])(
    'ends without a word: %s',
    async (command, ...flags) => {
      const args = command === 'run' ? ['run', ...batch, ...EMBEDDED, ...flags] : [command];
      const helium = startChild(process.execPath, [MAIN, ...args], { env: world.environment });
      helium.process.stdout?.destroy();
      expect(await helium.exited).toBe(141);
      expect(helium.output.stderr).not.toContain('EPIPE');
    },
  );
});

describe('helium run', () => {
  it('shows no secret in the list of processes', async () => {
    const environment = { ...world.environment, HELIUM_CACHE_SECRET: 'sesame' };
    const args = [MAIN, 'run', ...batch, ...EMBEDDED];
    const helium = startChild(process.execPath, args, { env: environment });
    await helium.says(/1\/24 /);
    const commands = descendants(helium.pid).map(commandOf);
    expect(commands.some((command) => command.includes('coordinator/src/main'))).toBe(true);
    expect(commands.join()).not.toContain('sesame');
  });

  it('cancels the run when it is interrupted, and leaves no process behind', async () => {
    const helium = startRun(...EMBEDDED);
    await helium.says(/1\/24 /);
    const processes = descendants(helium.pid);
    expect(processes).toHaveLength(2);
    helium.signal('SIGINT');
    expect(await helium.exited).toBe(130);
    expect(helium.output.stderr).toContain('RUN_CANCELLED: interrupted at the terminal');
    expect(processes.filter(isAlive)).toEqual([]);
  });

  it('never begins the run when it is interrupted before', async () => {
    const helium = startRun(...EMBEDDED);
    await helium.says(/coordinator listening/);
    helium.signal('SIGINT');
    expect(await helium.exited).toBe(130);
    expect(helium.output.stderr).not.toContain('planned');
    expect(helium.output.stderr).toContain('RUN_CANCELLED');
    expect(descendants(helium.pid)).toEqual([]);
  });

  it('says that its run was cancelled by somebody else', async () => {
    const cluster = await startProcesses(world, { worker: SLOW_SIM });
    await cluster.addWorker('w1');
    const helium = startRun('--coordinator', cluster.address);
    await helium.says(/1\/24 /);
    for await (const { id } of cluster.client.listRuns()) {
      await cluster.client.cancelRun(id, 'the colleague had second thoughts');
    }
    expect(await helium.exited).toBe(130);
    expect(helium.output.stderr).toContain('RUN_CANCELLED: the colleague had second thoughts');
  });

  it('fails when its deadline passes, and the worker is free again', async () => {
    const cluster = await startProcesses(world, { worker: SLOW_SIM });
    await cluster.addWorker('w1');
    const late = startRun('--coordinator', cluster.address, '--deadline-ms', '300', '--json');
    expect(await late.exited).toBe(1);
    expect(JSON.parse(late.output.stdout).error.code).toBe('DEADLINE_PASSED');
    expect(late.output.stderr).toContain('300 ms');
    const isBusy = async () =>
      (await cluster.client.listWorkers()).some((w) => w.runningCalls + w.queuedCalls > 0);
    while (await isBusy()) await new Promise((resolve) => setTimeout(resolve, 20));
  });

  it('fails when the last worker of its own cluster dies, naming the log', async () => {
    const helium = startRun(...EMBEDDED);
    await helium.says(/1\/24 /);
    const worker = descendants(helium.pid).find((pid) =>
      commandOf(pid).includes('worker/src/main'),
    );
    expect(worker).toBeGreaterThan(0);
    process.kill(worker!, 'SIGKILL');
    expect(await helium.exited).toBe(3);
    expect(helium.output.stderr).toMatch(
      /UNREACHABLE: worker 1 ended by itself \(signal SIGKILL\); see .*\.log/,
    );
  });

  it('names the operator and the row whose function throws', async () => {
    const functions = world.file(
      'odd.mjs',
      `export const functions = { 'odd.throw': { description: 'Throws.', pure: true,
        run({ text }) { throw new Error('no good: ' + text); } } };`,
    );
    const file = world.file(
      'odd.yaml',
      'operators:\n  q: { input: question }\n  check: { fn: odd.throw, args: { text: "{{q}}" } }\n' +
        'outputs: { o: check }\n',
    );
    const rows = world.file('one.jsonl', '{"question":"why"}\n');
    const flags = ['--rows', rows, '--functions', functions, '--engine', 'sim', '--workers', '1'];
    const { code, stderr } = await world.helium('run', file, ...flags, '--quiet');
    expect(stderr).toMatch(/FUNCTION_FAILED: .*"check".*row 0.*no good: why/);
    expect(code).toBe(2);
  });
});
