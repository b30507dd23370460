import { randomUUID } from 'node:crypto';
import { readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { GRAPH_VERSION } from '../graph/precision.ts';
import { MANIFEST_FILE } from './graph-manifest.ts';

/**
 * Graphs not opened for so long are nobody's: file systems that note when a file was read may do so once a day
 * only, and programs of before version 9 leave no other mark.
 */
const UNUSED_MS = 2 * 24 * 3600 * 1000;

/** Notes that a folder's graphs are used, for `removeOldGraphs` of a later program. */
export function markUsed(folder: string, now = new Date()): void {
  try {
    utimesSync(join(folder, MANIFEST_FILE), now, now);
  } catch (error) {
    // Who may not write here may not remove either; and another process may be putting whole ones in their place.
    if (
      !['EACCES', 'EPERM', 'EROFS', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')
    )
      throw error;
  }
}

/**
 * Removes the graphs of a model that programs of earlier versions built and none has opened for two days; `notice` is
 * told of each. Those of later versions stay: their program may run beside this one, and removes ours when it may. A
 * program whose folder goes while it runs has its files open; started anew, it builds them again. Each goes by one
 * rename first, so that nobody finds half of one. Never throws: what cannot be removed is told.
 */
export function removeOldGraphs(
  graphFolder: string,
  digest: string,
  notice: (message: string) => void,
  now = Date.now(),
): void {
  for (const name of namesIn(graphFolder, notice)) {
    const version = versionOf(name, digest);
    if (version === undefined || version >= GRAPH_VERSION) continue;
    const folder = join(graphFolder, name);
    try {
      if (now - lastUseOf(folder) < UNUSED_MS) continue;
      const doomed = `${folder}.${randomUUID()}`;
      renameSync(folder, doomed);
      rmSync(doomed, { recursive: true, force: true });
      notice(`graph cache ${folder} of version ${version} was not used any more and is removed`);
    } catch (error) {
      // Another program may have been first.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue;
      notice(`graph cache ${folder} is old and cannot be removed: ${(error as Error).message}`);
    }
  }
}

function namesIn(graphFolder: string, notice: (message: string) => void): string[] {
  try {
    return readdirSync(graphFolder);
  } catch (error) {
    notice(`graph cache ${graphFolder} cannot be looked through: ${(error as Error).message}`);
    return [];
  }
}

function versionOf(name: string, digest: string): number | undefined {
  const rest = name.startsWith(`${digest}-`) ? name.slice(digest.length + 1) : '';
  const version = /^(\d+)-/.exec(rest)?.[1];
  return version === undefined ? undefined : Number(version);
}

/** When its manifest was written, read or marked last, ms; of a folder that is not whole, when it last changed. */
function lastUseOf(folder: string): number {
  const { atimeMs, mtimeMs } =
    statSync(join(folder, MANIFEST_FILE), { throwIfNoEntry: false }) ?? statSync(folder);
  return Math.max(atimeMs, mtimeMs);
}
