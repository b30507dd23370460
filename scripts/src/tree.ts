import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './root.ts';

/** Every file that git tracks or would track, relative to the root, sorted. */
export function trackedFiles(): string[] {
  const listed = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 64 * 2 ** 20,
  });
  if (listed.status !== 0) throw new Error(`git ls-files: ${listed.stderr}`);
  const files = listed.stdout
    .split('\n')
    .filter((file) => file !== '' && existsSync(join(ROOT, file)));
  return [...new Set(files)].sort();
}

/** TypeScript sources that people write. */
export function sourceFiles(): string[] {
  return trackedFiles().filter((file) => file.endsWith('.ts') && !file.includes('/gen/'));
}

export function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}
