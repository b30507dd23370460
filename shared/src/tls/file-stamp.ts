import { statSync } from 'node:fs';

/**
 * Changes when the file does, also where a link to it is turned. '' where there is none, why where it cannot be
 * looked at: reading it then says the same.
 */
export function fileStamp(path: string): string {
  if (path === '') return '';
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat === undefined ? '' : `${stat.dev}.${stat.ino}.${stat.mtimeMs}.${stat.size}`;
  } catch (error) {
    return String(error);
  }
}
