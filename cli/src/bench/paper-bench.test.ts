import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { expect, it, vi } from 'vitest';
import { addPaperBench } from './paper-bench.ts';

const bench = (...args: readonly string[]) => {
  const program = new Command().exitOverride();
  addPaperBench(program);
  return program.parseAsync(['paper', '--scale', '0.01', ...args], { from: 'user' });
};

it.each([
  [['--seed', '1.5'], '--seed: "1.5" is not a whole number from 0 to 9007199254740991'],
  [['--kv', '40000.5'], '--kv: "40000.5" is not a whole number from 32768 to 2147483647'],
  [['--seqs', '1.5'], '--seqs: "1.5" is not a whole number from 1 to 2147483647'],
  [['--seqs', ''], '--seqs: "" is not a whole number from 1'],
  [['--scale', '0'], '--scale: "0" is not a number from 0.01 to 100'],
  [['--scale', '1e9'], '--scale: "1e9" is not a number from 0.01 to 100'],
  [['--policy', 'nope'], 'policy "nope" is unknown; there are portfolio'],
])('refuses %j, naming value and limits', async (flags, reason) => {
  await expect(bench(...flags)).rejects.toMatchObject({
    code: 'OPTIONS_INVALID',
    message: expect.stringContaining(reason),
  });
});

it('refuses a folder for plots that cannot be made, before it measures', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'helium-paper-'));
  try {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    for (const plots of [file, join(file, 'below')]) {
      await expect(bench('--plots', plots)).rejects.toMatchObject({
        code: 'FILE_INVALID',
        message: expect.stringContaining(`${plots}: `),
      });
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it("prints the paper's figures beside those measured", async () => {
  const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    await bench('--json');
    const json = JSON.parse(written.mock.calls.map(([text]) => String(text)).join(''));
    const systems = json.primitives[0].systems.map(({ name }: { name: string }) => name);
    expect(Object.keys(json.published.table2)).toEqual(systems);
  } finally {
    written.mockRestore();
  }
});
