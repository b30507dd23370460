import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { wire } from '@helium/proto';
import { expect, it, onTestFinished } from 'vitest';
import { serveAttach, WELCOME } from './link/fake-coordinator.cases.ts';

/** Takes more memory than the worker of the test has. */
const TOO_MUCH = 'word '.repeat(1_200_000);

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));

function call(callId: string, text: string): wire.Call {
  return {
    callId,
    messages: [{ role: 'ROLE_USER', parts: [{ text }] }],
    maxTokens: 8,
    order: 1,
  };
}

it('survives an engine thread that runs out of memory: calls that need it end by name, however often they come, others are answered', async () => {
  const home = mkdtempSync(join(tmpdir(), 'helium-faults-'));
  const results = new Map<string, wire.CallResult__Output>();
  const answered = Promise.withResolvers<void>();
  const { address } = await serveAttach((stream) => {
    stream.on('data', ({ hello, credits, results: ended }) => {
      if (hello) stream.write(WELCOME);
      if (credits && results.size === 0) {
        const texts = ['one', TOO_MUCH, 'two'];
        stream.write({ batch: { calls: texts.map((text, i) => call(`c${i}`, text)) } });
      }
      for (const result of ended?.results ?? []) results.set(result.callId, result);
      if (ended && results.size === 3 && !results.has('again')) {
        stream.write({ batch: { calls: [call('again', TOO_MUCH), call('after', 'three')] } });
      }
      if (results.size === 5) answered.resolve();
    });
    stream.on('end', () => stream.end());
  });
  const env = { ...process.env, NODE_OPTIONS: '--max-old-space-size=48' };
  const args = [MAIN, '--engine', 'sim', '--home', home, '--coordinator', address];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'], env });
  onTestFinished(() => {
    child.kill('SIGKILL');
    rmSync(home, { recursive: true, force: true });
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    log += text;
  });
  child.on('exit', () => answered.reject(new Error(log)));
  await answered.promise;
  const errors = [...results].map(([id, { finish, error }]) => [id, finish, error?.code]);
  expect(errors.toSorted()).toEqual([
    ['after', 'FINISH_REASON_LENGTH', undefined],
    ['again', 'FINISH_REASON_ERROR', 'ENGINE_FAILED'],
    ['c0', 'FINISH_REASON_LENGTH', undefined],
    ['c1', 'FINISH_REASON_ERROR', 'ENGINE_FAILED'],
    ['c2', 'FINISH_REASON_LENGTH', undefined],
  ]);
  expect(results.get('c1')?.error?.message).toContain('memory');
  expect(results.get('again')?.error?.message).toContain('it is not tried again for');
  expect(log.match(/it is started again/g)).toHaveLength(3);
  expect(log).toContain('call "c1" is at fault');
  child.kill('SIGTERM');
  expect((await once(child, 'exit'))[0]).toBe(0);
});
