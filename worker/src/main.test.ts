import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { refuse, serveAttach, WELCOME } from './link/fake-coordinator.cases.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));

/** The program with the sim engine and a home of its own. */
function start(...flags: string[]) {
  const home = mkdtempSync(join(tmpdir(), 'helium-worker-'));
  const args = [MAIN, '--engine', 'sim', '--home', home, ...flags];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
    rmSync(home, { recursive: true, force: true });
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    output.stderr += text;
  });
  const exited = once(child, 'close').then(([code]) => code as number);
  return { child, output, exited };
}

describe('the worker program', () => {
  it('says what it serves once it is attached, and drains on SIGTERM', async () => {
    const reasons: string[] = [];
    const { address } = await serveAttach((stream) => {
      stream.on('data', ({ hello, draining }) => {
        if (hello) stream.write(WELCOME);
        if (draining) reasons.push(draining.reason);
      });
      stream.on('end', () => stream.end());
    });
    const { child, output, exited } = start('--coordinator', address, '--worker-id', 'w7');
    await once(child.stdout, 'data');
    expect(output.stdout).toBe(`helium worker w7 serving sim, attached to ${address}\n`);
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
    expect(reasons).toEqual(['the worker got SIGTERM']);
  });

  it('ends with 2 and the reason when it is refused for good', async () => {
    const { address } = await serveAttach((stream) => {
      stream.once('data', () => refuse(stream, 'MODEL_MISMATCH', 'two digests of "sim"'));
    });
    const { output, exited } = start('--coordinator', address);
    expect(await exited).toBe(2);
    expect(output.stderr).toContain('helium worker: MODEL_MISMATCH: two digests of "sim"');
  });

  it('ends with 2 for settings that are none', async () => {
    const { output, exited } = start('--max-batch', '0');
    expect(await exited).toBe(2);
    expect(output.stderr).toContain('max-batch: "0" (from flag) is not a whole number');
  });
});
