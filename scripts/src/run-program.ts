import { type SpawnSyncReturns, spawnSync } from 'node:child_process';

/** Runs a program to its end, its output on ours. */
export function runProgram(
  program: string,
  args: readonly string[],
  cwd: string,
): SpawnSyncReturns<Buffer> {
  return spawnSync(program, args, { cwd, stdio: 'inherit' });
}

/** Its exit code; 1, and why, where it could not be run or was ended by a signal. */
export function exitCode({ status, error }: SpawnSyncReturns<Buffer>): number {
  if (error !== undefined) console.error(error.message);
  return status ?? 1;
}
