import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const WRITER = fileURLToPath(new URL('./cache-writer.fixture.ts', import.meta.url));

/** Runs the writer with these arguments to its end; its exit status is how many requests failed. */
export async function writeFromProcess(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [WRITER, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [status, signal] = await once(child, 'exit');
  if (signal !== null) throw new Error(`the writer was ended by ${signal}`);
  return status;
}

/** The same under a limit on the size of every file it writes, as on a disk that is full. */
export async function writeUnderFileLimit(
  kibibytes: number,
  args: readonly string[],
): Promise<number> {
  const command = `trap '' XFSZ; ulimit -f ${kibibytes}; exec "$0" "$@"`;
  const child = spawn('bash', ['-c', command, process.execPath, WRITER, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [status, signal] = await once(child, 'exit');
  if (signal !== null) throw new Error(`the writer was ended by ${signal}`);
  return status;
}
