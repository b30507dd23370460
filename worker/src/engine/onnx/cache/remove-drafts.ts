import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A draft that nobody wrote to for so long is of a process that ended while it built. */
const UNTOUCHED_MS = 10 * 60_000;

/** What `buildFolder` names a draft: the folder it is to become, and a random UUID. */
const DRAFT = /-\d+-(?:fast|exact)\S*\.[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/**
 * Removes what processes left in the graph folder that were killed while they built graphs, or while they removed old
 * ones; `notice` is told of each. What was written to in the last ten minutes may be another's work. Never throws: what
 * cannot be removed is told.
 */
export function removeDrafts(
  graphFolder: string,
  notice: (message: string) => void,
  now = Date.now(),
): void {
  for (const name of readdirSync(graphFolder)) {
    if (!DRAFT.test(name)) continue;
    const folder = join(graphFolder, name);
    try {
      if (now - lastWrite(folder) < UNTOUCHED_MS) continue;
      rmSync(folder, { recursive: true, force: true });
      notice(`graph cache ${folder} was left half-built by a process that ended, and is removed`);
    } catch (error) {
      // Another program may have been first.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue;
      notice(
        `graph cache ${folder} is half-built and cannot be removed: ${(error as Error).message}`,
      );
    }
  }
}

/** Of the folder or a file in it, ms. */
function lastWrite(folder: string): number {
  const paths = [folder, ...readdirSync(folder).map((name) => join(folder, name))];
  return Math.max(...paths.map((path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0));
}
