// The one file that runs before anything is installed, so: plain JavaScript, any Node from 20, no
// dependency. It installs what package-lock.json says, then hands over to the pinned Node.
//   node scripts/bootstrap.mjs start [arguments of helium]   the main job, without: Trading on two workers
//   node scripts/bootstrap.mjs test [arguments]
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const pinnedNode = `${root}node_modules/node/bin/node`;
const stampFile = `${root}node_modules/.helium-installed`;

/** Installs unless the lock file is the one that was installed last. */
function install() {
  const lock = createHash('sha256')
    .update(readFileSync(`${root}package-lock.json`))
    .digest('hex');
  if (existsSync(pinnedNode) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === lock)
    return;
  process.stderr.write('installing dependencies (npm install, once)\n');
  // `npm ci` refuses the lock file where a mirror lacks other platforms' optional packages.
  const args = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status, error } = spawnSync('npm', args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (error !== undefined || status !== 0) {
    fail(`npm install failed (${error?.message ?? `exit code ${status}`}); see its messages above`);
  }
  if (!existsSync(pinnedNode)) {
    fail(
      'the package "node" brought no binary for this platform: install Node 24 and run again with it',
    );
  }
  // Hashed anew: npm may complete the lock file while it installs.
  writeFileSync(stampFile, lockHash());
}

function lockHash() {
  return createHash('sha256')
    .update(readFileSync(`${root}package-lock.json`))
    .digest('hex');
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}

const major = Number(process.versions.node.split('.')[0]);
if (major < 20) fail(`Node ${process.versions.node} is too old: install Node 20 or newer`);
install();
const [command = '', ...rest] = process.argv.slice(2);
const program =
  command === 'start'
    ? [`${root}cli/src/main.ts`, ...(rest.length > 0 ? rest : ['run', 'trading', '--workers', '2'])]
    : [`${root}scripts/src/main.ts`, command, ...rest];
const path = `${root}node_modules/node/bin:${root}node_modules/.bin:${process.env.PATH ?? ''}`;
const child = spawn(pinnedNode, program, {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, PATH: path, TURBO_TELEMETRY_DISABLED: '1' },
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 130));
