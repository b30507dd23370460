import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Child, spawnChild } from './child.fixture.ts';
import { createWorld, questionRows, REVIEW, type World } from './helium.fixture.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const COMMANDS = [
  ...['run', 'explain', 'examples', 'up', 'coordinator', 'worker', 'workers', 'config'],
  ...[
    'cache stats',
    'cache clear',
    'token new',
    'model pull',
    'model list',
    'model show',
    'model remove',
  ],
  ...['bench engine', 'bench schedule', 'bench paper'],
];

let world: World;
let up: Child;
let address: string;

beforeAll(async () => {
  world = await createWorld();
  const args = [MAIN, 'up', '--workers', '1', '--listen', '127.0.0.1:0', '--json'];
  up = spawnChild(process.execPath, args, { env: world.environment });
  [, address = ''] = await up.says(/"coordinator":"([^"]+)"/);
});

afterAll(async () => {
  up.signal('SIGTERM');
  await up.exited;
});

/** Runs with --json; expects success and nothing on standard output but one object. */
async function json(...args: readonly string[]) {
  const { code, stdout, stderr } = await world.helium(...args, '--json');
  expect([code, stderr]).toEqual([0, expect.anything()]);
  expect(stdout.trim().split('\n')).toHaveLength(1);
  return JSON.parse(stdout);
}

describe('helium up', () => {
  it('has the functions of the examples', async () => {
    const explained = await json('explain', 'trading', '--limit', '1', '--coordinator', address);
    expect(explained).toHaveProperty('sections');
  });
});

describe('a workflow in TypeScript', () => {
  it('may lie where no package is, and plans as the same one in YAML', async () => {
    const module = world.file(
      'same.ts',
      `import { workflow as define } from '@helium/client';
      export const workflow = define({ name: 'same', inputs: ['question'] }, (w, { question }) => ({
        answer: w.llm('draft', { user: question, maxTokens: 4 }),
      }));`,
    );
    const yaml = world.file(
      'same.yaml',
      `name: same
operators:
  question: { input: question }
  draft: { llm: { user: "{{question}}", max_tokens: 4 } }
outputs: { answer: draft }`,
    );
    const rows = world.file('same.jsonl', '{"question":"a"}');
    const explained = async (path: string) =>
      (await json('explain', path, '--rows', rows, '--coordinator', address)).sections;
    expect(await explained(module)).toEqual(await explained(yaml));
  });
});

describe('every command', () => {
  it('explains itself', async () => {
    const helps = COMMANDS.map(async (command) => {
      const { code, stdout, stderr } = await world.helium(...command.split(' '), '--help');
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toContain(`Usage: helium ${command} `);
      expect(stdout).toContain('--json');
    });
    await Promise.all(helps);
  });

  it('is suggested when it is misspelt', async () => {
    const { code, stderr } = await world.helium('modle', 'list');
    expect([code, stderr]).toEqual([2, expect.stringContaining('(Did you mean model?)')]);
  });
});

describe('helium coordinator and worker', () => {
  it('show the flags they take and no others, and say as JSON that they are ready', async () => {
    const help = await world.helium('coordinator', '--help');
    expect(help.stdout).toContain('--tenant-weights');
    expect(help.stdout).not.toContain('--kv-mib');
    const start = (...args: readonly string[]) =>
      spawnChild(process.execPath, [MAIN, ...args, '--json'], { env: world.environment });
    const coordinator = start('coordinator', '--listen', '127.0.0.1:0', '--improve-ms=0');
    const [, at = ''] = await coordinator.says(/"coordinator":"([^"]+)"/);
    const worker = start('worker', '--coordinator', at, '--engine', 'sim', '--worker-id', 'w7');
    await worker.says(/"worker":"w7"/);
    expect(JSON.parse(worker.output.stdout)).toMatchObject({ worker: 'w7', coordinator: at });
    for (const program of [worker, coordinator]) {
      program.signal('SIGTERM');
      expect(await program.exited).toBe(0);
    }
  });

  it('start with no policy that there is none of', async () => {
    const flags = ['--listen', '127.0.0.1:0', '--policy', 'best'];
    const { code, stderr } = await world.helium('coordinator', ...flags);
    const reason = 'CONFIG_INVALID: policy "best" is unknown; there are portfolio, ';
    expect([code, stderr]).toEqual([2, expect.stringContaining(reason)]);
  });

  it('say as JSON why they cannot start', async () => {
    const { code, stdout } = await world.helium('coordinator', '--listen', 'nowhere', '--json');
    const message = 'listen: "nowhere" is not host:port with a port up to 65535';
    expect(JSON.parse(stdout)).toEqual({ error: { code: 'CONFIG_INVALID', message, faults: [] } });
    expect(code).toBe(2);
  });
});

describe('helium config', () => {
  it('takes flags over variables over the file, says from where, and shows no secret', async () => {
    const home = join(world.home, 'configured');
    mkdirSync(home);
    const file = 'workers: 3\nmax-batch: 3\nthreads: 3\ncache-secret: sesame\n';
    writeFileSync(join(home, 'config.yaml'), file);
    const args = [MAIN, 'config', '--json', '--home', home, '--threads', '1'];
    const env = { ...world.environment, HELIUM_MAX_BATCH: '2', HELIUM_THREADS: '2' };
    const child = spawnChild(process.execPath, args, { env });
    expect(await child.exited).toBe(0);
    expect(JSON.parse(child.output.stdout)).toMatchObject({
      workers: { value: 3, origin: 'file', file: join(home, 'config.yaml') },
      'max-batch': { value: 2, origin: 'environment' },
      threads: { value: 1, origin: 'flag' },
      engine: { value: 'onnx', origin: 'default' },
      'cache-secret': { value: '(set)', origin: 'file' },
    });
    expect(child.output.stdout).not.toContain('sesame');
  });

  it('names the file, and variables that no setting has', async () => {
    const args = [MAIN, 'config', '--home', world.home];
    const env = { ...world.environment, HELIUM_WROKERS: '2' };
    const child = spawnChild(process.execPath, args, { env });
    expect(await child.exited).toBe(0);
    const file = join(world.home, 'config.yaml');
    expect(child.output.stdout).toContain(`\nfile: ${file} (there is none)\n`);
    expect(child.output.stdout).toContain('no setting has these variables: HELIUM_WROKERS\n');
  });

  it('names file, key and accepted values of what it cannot use', async () => {
    const home = join(world.home, 'misconfigured');
    mkdirSync(home);
    writeFileSync(join(home, 'config.yaml'), 'wrokers: 3\nmax-batch: many\n');
    const { code, stderr } = await world.helium('config', '--home', home);
    expect(stderr).toContain(join(home, 'config.yaml'));
    expect(stderr).toContain('wrokers: unknown setting');
    expect(stderr).toContain('max-batch: "many" (from file) is not a whole number from 1 to 4096');
    expect(code).toBe(2);
  });
});

describe('helium model', () => {
  it('shows a file, lists an empty store, and names a model that is not there', async () => {
    expect(await json('model', 'list')).toEqual({ models: [] });
    const shown = await json('model', 'show', world.model);
    expect(shown).toMatchObject({ path: world.model, config: { contextTokens: 2048, layers: 4 } });
    const { code, stderr } = await world.helium('model', 'show', 'nothing');
    expect([code, stderr]).toEqual([2, expect.stringContaining('model "nothing" is neither')]);
  });
});

describe('a running cluster', () => {
  it('is looked at by workers and cache, which a run changes', async () => {
    const at = ['--coordinator', address];
    const review = world.file('review.yaml', REVIEW);
    const rows = world.file('rows.jsonl', questionRows(0, 2));
    const out = join(world.home, 'out.jsonl');
    const report = await world.run(review, '--rows', rows, '--out', out, ...at);
    const lines = readFileSync(out, 'utf8').trim().split('\n');
    // In the order of the workflow, whichever was done first.
    expect(lines.map((line) => Object.keys(JSON.parse(line)))).toEqual([
      ['answer', 'critic'],
      ['answer', 'critic'],
    ]);
    const { workers } = await json('workers', ...at);
    expect(workers).toMatchObject([{ state: 'ready', finishedCalls: report.operators.executed }]);
    const { entries, stores } = await json('cache', 'stats', ...at);
    expect(entries).toBeGreaterThan(0);
    expect(stores).toBe(entries);
    expect(await json('cache', 'clear', ...at)).toEqual({ removed: entries });
    expect(await json('cache', 'stats', ...at)).toMatchObject({ entries: 0 });
  });

  it('explains a workflow without running it', async () => {
    const review = world.file('review.yaml', REVIEW);
    const rows = world.file('rows.jsonl', questionRows(0, 2));
    const before = await json('workers', '--coordinator', address);
    const flags = ['--rows', rows, '--coordinator', address];
    const { sections, summary } = await json('explain', review, ...flags);
    expect(summary.operators).toMatchObject({ submitted: 10, pruned: 2, merged: 2 });
    expect(sections.length).toBeGreaterThan(2);
    const after = await json('workers', '--coordinator', address);
    expect(after.workers[0].finishedCalls).toBe(before.workers[0].finishedCalls);
  });
});
