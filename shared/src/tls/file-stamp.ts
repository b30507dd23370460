import { statSync } from 'node:fs';

/** Changes when the file does, also where a link to it is turned. '' where there is none. */
export function fileStamp(path: string): string {
  const stat = path === '' ? undefined : statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? '' : `${stat.dev}.${stat.ino}.${stat.mtimeMs}.${stat.size}`;
}
