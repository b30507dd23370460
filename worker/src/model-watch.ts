import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '@helium/shared';

const INTERVAL_MS = 2000;

/** What tells one state of a model's files from another: by file, its size, time and place on disk. */
export type ModelFiles = ReadonlyMap<string, string>;

/** The files of a model, a GGUF file or a folder. Those that are not there are left out. */
export async function readModelFiles(path: string): Promise<ModelFiles> {
  const files = new Map<string, string>();
  for (const file of await filesOf(path)) {
    try {
      const { size, mtimeMs, ino } = await stat(file);
      files.set(file, `${size} bytes of ${new Date(mtimeMs).toISOString()}, inode ${ino}`);
    } catch {
      // Gone: that is what its absence says.
    }
  }
  return files;
}

/**
 * Looks at a model's files now and then and tells the first change against `served`, once, by the
 * file's name. What is served stays as it was loaded; an engine started again would not be.
 */
export function watchModel(
  path: string,
  served: ModelFiles,
  clock: Clock,
  onChange: (message: string) => void,
): { stop(): void } {
  let timer = clock.setTimer(INTERVAL_MS, look);
  let isStopped = false;
  return {
    stop() {
      isStopped = true;
      timer.cancel();
    },
  };

  function look(): void {
    void readModelFiles(path).then((files) => {
      if (isStopped) return;
      const change = describeChange(served, files);
      if (change === undefined) timer = clock.setTimer(INTERVAL_MS, look);
      else onChange(change);
    });
  }
}

function describeChange(served: ModelFiles, files: ModelFiles): string | undefined {
  for (const file of new Set([...served.keys(), ...files.keys()])) {
    const [before, now] = [served.get(file), files.get(file)];
    if (before === now) continue;
    const was = before ?? 'not there';
    return `model file ${file} changed while it is served: was ${was}, is ${now ?? 'not there'}`;
  }
  return undefined;
}

async function filesOf(path: string): Promise<readonly string[]> {
  try {
    return (await readdir(path)).map((name) => join(path, name)).sort();
  } catch {
    return [path];
  }
}
