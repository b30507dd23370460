import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { HeliumClient } from '@helium/client';
import type { Example } from '@helium/examples';
import { HeliumError } from '@helium/shared';
import type { Settings } from '@helium/shared/config';
import { createFreshHome } from './fresh-home.ts';

const MAIN = fileURLToPath(new URL('../../cli/src/main.ts', import.meta.url));
const LINES_KEPT = 20;

export interface ClusterOptions {
  readonly workers: number;
  /** Some go to the cluster as flags; the others it reads where these were read. */
  readonly settings: Settings;
  /** Whose functions the coordinator must have. */
  readonly examples: readonly Example[];
}

/**
 * `helium up` as a process of its own, on empty state, for as long as `use` takes; stopped also when
 * this process is asked to stop. `use` gets the process's id, too. Throws UNREACHABLE, with its last lines, when it ends by itself.
 */
export async function withCluster<T>(
  { workers, settings, examples }: ClusterOptions,
  use: (client: HeliumClient, pid: number) => Promise<T>,
): Promise<T> {
  const home = createFreshHome(settings);
  const functions = [...new Set(examples.flatMap((example) => example.functions))];
  const flags = ['--listen', '127.0.0.1:0', '--workers', String(workers), '--json'];
  for (const name of ['model', 'engine', 'prompt-lookup'] as const)
    flags.push(`--${name}`, settings[name]);
  if (functions.length > 0) flags.push('--functions', functions.join(','));
  const child = spawn(process.execPath, [MAIN, 'up', ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, HELIUM_HOME: home.path },
  });
  const stop = async () => {
    await stopProcess(child);
    home.remove();
  };
  const interrupted = () => void stop().then(() => process.exit(130));
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  const ended = untilEnded(child);
  let client: HeliumClient | undefined;
  try {
    client = new HeliumClient(await Promise.race([addressOf(child), ended]));
    return await Promise.race([use(client, child.pid ?? 0), ended]);
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
    client?.close();
    await stop();
  }
}

/** Of its one line of output, when it is ready; where it fails, its end tells more than its line. */
function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      const { coordinator } = JSON.parse(line) as { readonly coordinator?: string };
      if (coordinator !== undefined) resolve(coordinator);
    });
  });
}

/** Rejects when the process ends. */
function untilEnded(child: ChildProcess): Promise<never> {
  const recent: string[] = [];
  createInterface({ input: child.stderr as NodeJS.ReadableStream }).on('line', (line) => {
    recent.push(line);
    if (recent.length > LINES_KEPT) recent.shift();
  });
  const ended = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      const text = `the cluster ended with ${signal ?? `code ${code}`}`;
      reject(new HeliumError('UNREACHABLE', [text, ...recent].join('\n  ')));
    });
  });
  // It ends after its use as well, when nobody races against it any more.
  ended.catch(() => {});
  return ended;
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await exited;
}
