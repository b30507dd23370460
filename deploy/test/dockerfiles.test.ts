import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BuiltImage, runDockerfile } from '../src/run-dockerfile.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'helium-images-'));
const context = join(scratch, 'context');

/** The files a fresh clone has, and nothing else. */
function copyContext(): void {
  const listed = spawnSync(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
    { cwd: ROOT, encoding: 'utf8' },
  );
  for (const file of listed.stdout.split('\0').filter(Boolean)) {
    mkdirSync(dirname(join(context, file)), { recursive: true });
    cpSync(join(ROOT, file), join(context, file));
  }
}

/** Permissions of the state folder: the image's user, whoever that is, has to write there. */
function homeMode(image: BuiltImage): number {
  return statSync(join(image.root, image.environment.HELIUM_HOME ?? '')).mode & 0o7777;
}

/** Starts the image's entrypoint and gives the first line that matches; ends the process. */
async function firstLine(image: BuiltImage, args: string[], pattern: RegExp): Promise<string> {
  const [program = '', ...rest] = image.entrypoint;
  const child = spawn(program, [...rest, ...args], {
    cwd: join(image.root, image.workdir),
    env: { ...process.env, ...image.environment, HELIUM_HOME: join(image.root, 'home') },
  });
  const seen: string[] = [];
  try {
    return await new Promise((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr]) {
        createInterface({ input: stream }).on('line', (line) => {
          seen.push(line);
          if (pattern.test(line)) resolve(line);
        });
      }
      child.once('exit', (code) => reject(new Error(`exit code ${code}\n${seen.join('\n')}`)));
    });
  } finally {
    child.kill('SIGKILL');
  }
}

describe('the Dockerfiles', () => {
  beforeAll(copyContext);
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  it('make a coordinator that listens, from a clean checkout', { timeout: 300_000 }, async () => {
    const source = readFileSync(join(ROOT, 'deploy/docker/coordinator.Dockerfile'), 'utf8');
    const image = runDockerfile(source, context, join(scratch, 'coordinator'));
    expect(homeMode(image)).toBe(0o1777);
    const line = await firstLine(image, ['--listen', '127.0.0.1:0'], /listening on/);
    expect(line).toMatch(/^helium coordinator listening on 127\.0\.0\.1:\d+$/);
  });

  it('make a worker that loads its model and looks for the coordinator', {
    timeout: 300_000,
  }, async () => {
    const source = readFileSync(join(ROOT, 'deploy/docker/worker.Dockerfile'), 'utf8');
    const image = runDockerfile(source, context, join(scratch, 'worker'));
    expect(homeMode(image)).toBe(0o1777);
    const model = join(image.root, image.environment.HELIUM_MODEL ?? '');
    // Port 9 of loopback answers nobody: the worker says so and goes on trying.
    const line = await firstLine(
      image,
      ['--coordinator', '127.0.0.1:9', '--model', model],
      /127\.0\.0\.1:9/,
    );
    expect(line).toContain('127.0.0.1:9');
  });
});
