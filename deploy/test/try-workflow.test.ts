import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SCRIPT = readFileSync(join(ROOT, 'deploy/helm/helium/files/try-workflow.mjs'), 'utf8');

/** Starts Node and gathers what it says until the test ends. */
function start(args: readonly string[], variables: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, args, { cwd: ROOT, env: { ...process.env, ...variables } });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  const heard = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      said += data;
      for (const tell of heard) tell();
    });
  }
  const exited = new Promise<number>((resolve) =>
    child.once('close', (code) => resolve(code ?? 1)),
  );
  return {
    exited,
    text: () => said,
    says: (pattern: RegExp) =>
      new Promise<string>((resolve) => {
        const look = () => {
          const group = pattern.exec(said)?.[1];
          if (group !== undefined) resolve(group);
        };
        heard.add(look);
        look();
      }),
  };
}

/** As the pod of `helm test`. */
async function tryWorkflow(coordinator: string, seconds: string) {
  const args = ['--input-type=module', '--eval', SCRIPT];
  const run = start(args, { COORDINATOR: coordinator, SECONDS: seconds });
  return { code: await run.exited, text: run.text() };
}

it('what helm test runs says why nothing runs, waits for workers, and gets an answer', async () => {
  const home = mkdtempSync(join(tmpdir(), 'helium-try-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const main = (room: string) => fileURLToPath(import.meta.resolve(`@helium/${room}/main`));
  const variables = { HELIUM_HOME: home };
  const coordinator = start([main('coordinator'), '--listen', '127.0.0.1:0'], variables);
  const address = await coordinator.says(/listening on (\S+)\n/);
  const alone = await tryWorkflow(address, '1');
  expect(alone.code).toBe(1);
  expect(alone.text).toMatch(
    new RegExp(`^FAILED: no workflow runs through ${address}: .*model`, 'm'),
  );
  const waiting = tryWorkflow(address, '100');
  start([main('worker'), '--coordinator', address, '--engine', 'sim'], variables);
  const { code, text } = await waiting;
  expect(text).toMatch(/^ok: runs\/\S+ answered ".+"$/m);
  expect(code).toBe(0);
});
