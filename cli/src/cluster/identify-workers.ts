import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HeliumError } from '@helium/shared';
import type { Settings } from '@helium/shared/config';
import { createToken, hashToken } from '@helium/shared/identity';

/**
 * Settings by which the coordinator of an embedded cluster knows the cluster's own workers: with `credentials`, and
 * unless they are given a token, they get one that is good until `forget`. Throws CONFIG_INVALID where they could not
 * dial it.
 */
export function identifyWorkers(
  settings: Settings,
  stateFolder: string,
): { readonly settings: Settings; forget(): void } {
  const { credentials, token, 'token-file': file } = settings;
  if (settings['tls-cert'] !== '' && settings['tls-ca'] === '') {
    const message =
      'tls-ca: is missing: the workers dial the coordinator, whose certificate is tls-cert';
    throw new HeliumError('CONFIG_INVALID', message);
  }
  if (credentials === '' || token !== '' || file !== '') return { settings, forget() {} };
  const own = createToken();
  const name = `workers-of-${process.pid}`;
  const path = join(stateFolder, `${name}.json`);
  const entry = { name, roles: ['worker'], sha256: hashToken(own) };
  writeFileSync(path, `${JSON.stringify({ credentials: [entry] })}\n`, { mode: 0o600 });
  return {
    settings: { ...settings, credentials: `${credentials},${path}`, token: own },
    forget: () => rmSync(path, { force: true }),
  };
}
