import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createTinyModel } from '@helium/model/tiny';
import { describe, expect, it, onTestFinished } from 'vitest';
import { proberOf } from './health/prober.fixture.ts';
import { refuse, serveAttach, WELCOME } from './link/fake-coordinator.cases.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));

/** The program with the sim engine and a home of its own. */
function start(...flags: string[]) {
  const home = mkdtempSync(join(tmpdir(), 'helium-worker-'));
  const args = [MAIN, '--engine', 'sim', '--home', home, ...flags];
  const env = { ...process.env, HELIUM_EXIT_WITH_STDIN: '1' };
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'], env });
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

  it('takes the address from its standard input, when it comes', async () => {
    const { address } = await serveAttach((stream) =>
      stream.once('data', () => stream.write(WELCOME)),
    );
    const { child, output, exited } = start('--coordinator', 'stdin', '--worker-id', 'w7');
    child.stdin.write(address.slice(0, 4));
    child.stdin.write(`${address.slice(4)}\n`);
    await once(child.stdout, 'data');
    expect(output.stdout).toContain(`attached to ${address}`);
    child.stdin.end();
    expect(await exited).toBe(0);
    const bad = start('--coordinator', 'stdin');
    bad.child.stdin.write('nowhere\n');
    expect(await bad.exited).toBe(2);
    expect(bad.output.stderr).toContain('CONFIG_INVALID: coordinator: "nowhere" is not host:port');
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

  it('drains when its standard input ends', async () => {
    const reasons: string[] = [];
    const { address } = await serveAttach((stream) => {
      stream.on('data', ({ hello, draining }) => {
        if (hello) stream.write(WELCOME);
        if (draining) reasons.push(draining.reason);
      });
      stream.on('end', () => stream.end());
    });
    const { child, exited } = start('--coordinator', address);
    await once(child.stdout, 'data');
    child.stdin.end();
    expect(await exited).toBe(0);
    expect(reasons).toEqual(['the worker got the end of standard input']);
  });

  it('ends with 0 when it is stopped before it knows of a coordinator', async () => {
    const health = ['--health-listen', '127.0.0.1:0'];
    const { child, output, exited } = start('--coordinator', 'stdin', ...health);
    // From then on a signal is heard.
    await once(child.stderr, 'data');
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
    expect(output.stdout).toBe('');
  });

  it('tells probes that it is ready only while it is attached', async () => {
    let attachments = 0;
    const lose: (() => void)[] = [];
    const { address } = await serveAttach((stream) => {
      stream.once('data', () => {
        // The first attachment is welcomed; later ones are left waiting.
        if (attachments++ > 0) return;
        stream.write(WELCOME);
        lose.push(() => stream.end());
      });
    });
    const { child, output } = start('--coordinator', address, '--health-listen', '127.0.0.1:0');
    await once(child.stdout, 'data');
    const [, listen = ''] = /serving health address=(\S+)/.exec(output.stderr) ?? [];
    const check = proberOf(listen);
    expect([await check(''), await check('liveness')]).toEqual(['SERVING', 'SERVING']);
    for (const end of lose) end();
    while ((await check('readiness')) === 'SERVING') await pause(20);
    expect([await check(''), await check('liveness')]).toEqual(['NOT_SERVING', 'SERVING']);
  });

  it('names the health address that is in use', async () => {
    const { address } = await serveAttach(() => {});
    const { output, exited } = start('--coordinator', address, '--health-listen', address);
    expect(await exited).toBe(2);
    expect(output.stderr).toContain(
      `helium worker: ADDRESS_IN_USE: health-listen: ${address} is in use by another program`,
    );
  });

  it('serves under the name of its model file, or the name it is given', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'helium-model-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const model = join(folder, 'Tiny.Q8.gguf');
    renameSync(await createTinyModel(folder), model);
    const names: string[] = [];
    const { address } = await serveAttach((stream) => {
      stream.once('data', ({ hello }) => {
        names.push(hello?.model ?? '');
        refuse(stream, 'MODEL_MISMATCH', 'seen');
      });
    });
    const onnx = ['--engine', 'onnx', '--model', model, '--kv-mib', '8', '--coordinator', address];
    await start(...onnx).exited;
    await start(...onnx, '--model-name', 'mine').exited;
    expect(names).toEqual(['Tiny.Q8', 'mine']);
  });

  it('drains and ends with 1 when its model file changes, and names it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'helium-model-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const model = await createTinyModel(folder);
    const reasons: string[] = [];
    const { address } = await serveAttach((stream) => {
      stream.on('data', ({ hello, draining }) => {
        if (hello) stream.write(WELCOME);
        if (draining) reasons.push(draining.reason);
      });
      stream.on('end', () => stream.end());
    });
    const onnx = ['--engine', 'onnx', '--model', model, '--kv-mib', '8', '--coordinator', address];
    const { child, output, exited } = start(...onnx);
    await once(child.stdout, 'data');
    appendFileSync(model, 'more');
    expect(await exited).toBe(1);
    const { size } = statSync(model);
    expect(reasons[0]).toContain(`model file ${model} changed while it is served: was ${size - 4}`);
    expect(output.stderr).toContain(`is ${size} bytes`);
  });

  it('prints its settings for --help and ends with 0', async () => {
    const { output, exited } = start('--help');
    expect(await exited).toBe(0);
    expect(output.stdout).toContain('--health-listen <text>');
    expect(output.stderr).toBe('');
  });
});
