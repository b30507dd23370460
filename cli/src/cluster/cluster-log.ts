import { createWriteStream, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Where an embedded cluster's programs log. */
export interface ClusterLog {
  readonly path: string;
  write(line: string): void;
  end(): void;
}

/** Logs of earlier clusters that stay. */
const KEPT = 9;

/** Opens this cluster's log in the folder and removes the oldest of the others. `report` hears once when it cannot be written. */
export function openClusterLog(folder: string, report: (step: string) => void): ClusterLog {
  removeOldest(folder);
  const path = join(folder, `cluster-${process.pid}.log`);
  const file = createWriteStream(path);
  file.once('error', (error) => report(`log ${path}: ${error.message}; nothing more is logged`));
  return {
    path,
    write: (line) => file.write(`${line}\n`),
    end: () => file.end(),
  };
}

function removeOldest(folder: string): void {
  const logs = readdirSync(folder)
    .filter((name) => /^cluster-\d+\.log$/.test(name))
    .map((name) => join(folder, name))
    .map((path) => ({ path, at: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => b.at - a.at);
  // Another command may remove the same ones.
  for (const { path } of logs.slice(KEPT)) rmSync(path, { force: true });
}
