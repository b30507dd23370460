import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { addBenchCommands } from '../commands/bench.ts';

const TESTDATA = new URL('../../../coordinator/src/scheduler/testdata/', import.meta.url);
const NAME = 's04-debate-mmlu.json';

let folder: string;
let instance: { calls: { deps: number[]; prompt: string[] }[]; workers: number };
const file = (name: string) => join(folder, name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'helium-bench-'));
  instance = JSON.parse(readFileSync(new URL(NAME, TESTDATA), 'utf8'));
  writeFileSync(file(NAME), JSON.stringify(instance));
});
afterEach(() => rmSync(folder, { recursive: true }));

const bench = (...args: readonly string[]) =>
  run('schedule', '--schedules', file('out'), '--budget', '0.01', ...args);

async function run(command: string, ...args: readonly string[]) {
  const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    const program = new Command().exitOverride();
    addBenchCommands(program);
    await program.parseAsync(['bench', command, '--instances', folder, '--json', ...args], {
      from: 'user',
    });
    return JSON.parse(written.mock.calls.map(([text]) => String(text)).join(''));
  } finally {
    written.mockRestore();
  }
}

describe('helium bench schedule', () => {
  it('writes a schedule per problem that evaluates to what was printed', async () => {
    const planned = await bench('--policy', 'paper');
    expect(planned).toMatchObject({ policy: 'paper', machine: 'token-steps' });
    const [row] = planned.instances;
    expect(row).toMatchObject({ instance: 's04-debate-mmlu', calls: 12, workers: 1 });
    const written = JSON.parse(readFileSync(row.schedule, 'utf8'));
    expect(written.instance).toBe('s04-debate-mmlu');
    const [evaluated] = (await bench('--evaluate')).instances;
    expect(evaluated.token_step).toEqual(row.token_step);
    expect(evaluated.simulation).toEqual(row.simulation);
  });

  it('makes the same schedule of the same problem in the same budget', async () => {
    const [one] = (await bench()).instances;
    const [other] = (await bench()).instances;
    expect(other.token_step).toEqual(one.token_step);
    expect(other.work).toBe(one.work);
  });

  it('says of a schedule what evaluate.py says, to the last digit', async () => {
    const evaluations = JSON.parse(readFileSync(new URL('evaluations.json', TESTDATA), 'utf8'));
    await bench();
    for (const { schedule, ...expected } of evaluations) {
      if (schedule.instance !== 's04-debate-mmlu') continue;
      writeFileSync(file(`out/${NAME}`), JSON.stringify(schedule));
      expect((await bench('--evaluate')).instances[0]).toMatchObject(expected);
    }
  });

  it('refuses a malformed problem, naming file, call and reason', async () => {
    instance.calls[3]!.deps = [7];
    writeFileSync(file(NAME), JSON.stringify(instance));
    await expect(bench()).rejects.toThrow(
      `${file(NAME)}: instance "s04-debate-mmlu": calls[3].deps[0] is 7; call 3 needs smaller numbers`,
    );
    writeFileSync(file(NAME), '{');
    await expect(bench()).rejects.toThrow(`${file(NAME)}: `);
    writeFileSync(file(NAME), Buffer.from(JSON.stringify({ ...instance, name: 'é' }), 'latin1'));
    await expect(bench()).rejects.toThrow(/^[^:]*json:1: is not valid UTF-8: byte \d+ of .* 0xe9$/);
  });

  it('reads a problem behind a byte order mark', async () => {
    writeFileSync(file(NAME), `\ufeff${JSON.stringify(instance)}`);
    expect((await bench()).instances).toHaveLength(1);
  });

  it('does not write over the problems', async () => {
    symlinkSync(folder, file('same'));
    for (const schedules of [folder, file('same')]) {
      const refused = run('schedule', '--schedules', schedules, '--budget', '0');
      await expect(refused).rejects.toThrow(`--schedules is "${schedules}", the folder of the`);
    }
    expect(JSON.parse(readFileSync(file(NAME), 'utf8'))).toEqual(instance);
  });

  it('refuses an infeasible schedule, naming file, call and reason', async () => {
    await bench();
    const numbers = instance.calls.map((_, number) => number);
    const put = (workers: readonly (readonly number[])[]) =>
      writeFileSync(file(`out/${NAME}`), JSON.stringify({ instance: 's04-debate-mmlu', workers }));
    put([numbers.slice(1)]);
    await expect(bench('--evaluate')).rejects.toThrow(/out.*: infeasible.*call 0 is missing/);
    put([numbers.reverse()]);
    await expect(bench('--evaluate')).rejects.toThrow(/call 11 on worker 0 can never start/);
  });

  it('refuses unknown policies, machines and constants', async () => {
    await expect(bench('--policy', 'best')).rejects.toThrow('policy "best" is unknown');
    await expect(bench('--machine', 'gpu')).rejects.toThrow('there are token-steps, batching');
    await expect(bench('--seed', 'x')).rejects.toThrow('not a whole number from 0');
    await expect(bench('--budget', 'soon')).rejects.toThrow('not 0 to 86400 seconds');
    await expect(bench('--step-seconds', '1,2')).rejects.toThrow('not four seconds');
  });
});

describe('helium bench tree', () => {
  it('says what the radix tree of a problem takes beyond its tokens', async () => {
    const [tree] = (await run('tree')).trees;
    expect(tree).toMatchObject({ instance: 's04-debate-mmlu', calls: 12 });
    expect(tree.distinct_tokens).toBeGreaterThan(0);
    expect(tree.bytes_per_call).toBeGreaterThan(0);
  });
});
