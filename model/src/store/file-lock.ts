import { readFileSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureFolder } from '@helium/shared';

const RETRY_MS = 200;

/**
 * Runs `work` while no other process holds the lock file; a lock whose process is gone is taken over.
 * Waits as long as it takes.
 */
export async function withFileLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  ensureFolder(dirname(path));
  while (!(await tryLock(path))) {
    if (isAbandoned(path)) await rm(path, { force: true });
    else await sleep(RETRY_MS);
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function tryLock(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    await file.writeFile(String(process.pid));
    await file.close();
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** The holder's process is gone. A lock just made and not yet written counts as held. */
function isAbandoned(path: string): boolean {
  const holder = readHolder(path);
  if (holder === null) return false;
  try {
    process.kill(holder, 0);
    return false;
  } catch (error) {
    return isCode(error, 'ESRCH');
  }
}

function readHolder(path: string): number | null {
  try {
    const holder = Number(readFileSync(path, 'utf8'));
    return Number.isInteger(holder) && holder > 0 ? holder : null;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null;
    throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
