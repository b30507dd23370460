import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../root.ts';

/**
 * The main job: Trading on two workers, or whatever arguments say (`npm start -- run debate`). The model
 * is fetched by the command itself on first use.
 */
export function start(args: readonly string[]): Promise<number> {
  const chosen = args.length > 0 ? args : ['run', 'trading', '--workers', '2'];
  const child = spawn(process.execPath, [join(ROOT, 'cli/src/main.ts'), ...chosen], {
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => child.kill(signal));
  }
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(signal === null ? (code ?? 1) : 130));
  });
}
