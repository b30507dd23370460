import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * The folder of all state: the `home` setting, or `helium` in the XDG data folder where it is empty.
 */
export function resolveHome(
  home: string,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  if (home !== '') return resolve(home);
  const data = environment.XDG_DATA_HOME || join(homedir(), '.local', 'share');
  return join(data, 'helium');
}
