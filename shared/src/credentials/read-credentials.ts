import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readConfigFile } from '../config/config-file.ts';
import { type Fault, HeliumError } from '../errors/helium-error.ts';
import { fileStamp } from '../tls/index.ts';
import type { Credential } from './credential.ts';
import { parseCredentials } from './parse-credentials.ts';

/** A setting that names files of credentials. */
export interface CredentialsSetting {
  readonly name: 'credentials' | 'metrics-credentials';
  readonly value: string;
}

/**
 * The entries of all files of a setting: comma-separated paths of YAML or JSON files, or of folders
 * of them, as a Kubernetes Secret is mounted. Throws CONFIG_INVALID with every fault: unreadable, malformed, none at
 * all, a name or token twice.
 */
export function readCredentials(setting: CredentialsSetting): readonly Credential[] {
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
      faults.push({ field: setting.name, message });
    }
  }
  if (found.length === 0 && faults.length === 0)
    faults.push({ field: setting.value, message: 'has no entry: nobody could call' });
  const [first] = faults;
  if (first === undefined) return found;
  const message = `${setting.name}: ${first.field}: ${first.message}`;
  throw new HeliumError('CONFIG_INVALID', message, { faults });
}

/** Changes when a file of the setting does, comes or goes. */
export function credentialsStamp(setting: CredentialsSetting): string {
  try {
    return credentialFiles(setting)
      .map((path) => `${path} ${fileStamp(path)}`)
      .join('\n');
  } catch (error) {
    return String(error);
  }
}

function credentialFiles({ name, value }: CredentialsSetting): string[] {
  const paths = value.split(',').map((path) => path.trim());
  return paths.filter((path) => path !== '').flatMap((path) => filesOf(name, path));
}

function filesOf(setting: string, path: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    // Kubernetes keeps its own entries there, `..data` and the like; the files are links into them.
    const names = readdirSync(path).filter((name) => !name.startsWith('.'));
    return names.sort().map((name) => join(path, name));
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const why = isMissing ? 'is not there' : `cannot be read: ${(cause as Error).message}`;
    throw new HeliumError('CONFIG_INVALID', `${setting}: ${path} ${why}`, { cause });
  }
}
