import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Fault, HeliumError } from '@helium/shared';
import { readConfigFile } from '@helium/shared/config';
import { fileStamp } from '@helium/shared/tls';
import type { Credential } from './credential.ts';
import { parseCredentials } from './parse-credentials.ts';

/**
 * The entries of all files of the setting `credentials`: comma-separated paths of YAML or JSON files, or of folders
 * of them, as a Kubernetes Secret is mounted. Throws CONFIG_INVALID with every fault: unreadable, malformed, none at
 * all, a name or token twice.
 */
export function readCredentials(setting: string): readonly Credential[] {
  const faults: Fault[] = [];
  const found = credentialFiles(setting).flatMap((file) =>
    parseCredentials(file, readConfigFile(file), faults),
  );
  for (const [what, of] of [
    ['name', ({ name }: Credential) => name],
    ['token', ({ sha256 }: Credential) => sha256],
  ] as const) {
    const seen = new Map<string, Credential>();
    for (const credential of found) {
      const key = of(credential);
      const other = key === '' ? undefined : seen.get(key);
      seen.set(key, credential);
      if (other === undefined) continue;
      const message = `the entries "${other.name}" and "${credential.name}" have the same ${what}`;
      faults.push({ field: 'credentials', message });
    }
  }
  if (found.length === 0 && faults.length === 0)
    faults.push({ field: setting, message: 'has no entry: nobody could call' });
  const [first] = faults;
  if (first === undefined) return found;
  const message = `credentials: ${first.field}: ${first.message}`;
  throw new HeliumError('CONFIG_INVALID', message, { faults });
}

/** Changes when a file of the setting does, comes or goes. */
export function credentialsStamp(setting: string): string {
  try {
    return credentialFiles(setting)
      .map((path) => `${path} ${fileStamp(path)}`)
      .join('\n');
  } catch (error) {
    return String(error);
  }
}

function credentialFiles(setting: string): string[] {
  const paths = setting.split(',').map((path) => path.trim());
  return paths.filter((path) => path !== '').flatMap(filesOf);
}

function filesOf(path: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    // Kubernetes keeps its own entries there, `..data` and the like; the files are links into them.
    const names = readdirSync(path).filter((name) => !name.startsWith('.'));
    return names.sort().map((name) => join(path, name));
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const why = isMissing ? 'is not there' : `cannot be read: ${(cause as Error).message}`;
    throw new HeliumError('CONFIG_INVALID', `credentials: ${path} ${why}`, { cause });
  }
}
