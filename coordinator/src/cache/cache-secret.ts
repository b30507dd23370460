import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HeliumError, makeFolders } from '@helium/shared';

const FILE_NAME = 'cache-secret';
const SECRET = /^[0-9a-f]{64}$/;

/**
 * The secret kept in `folder`, made there once, readable by its owner only. Safe against other
 * processes that make it at the same time. Throws STORE_UNAVAILABLE that names the file.
 */
export function keptSecret(folder: string): string {
  const path = join(folder, FILE_NAME);
  try {
    makeFolders(folder, 0o700);
    const secret = readSecret(path) ?? makeSecret(path);
    if (SECRET.test(secret)) return secret;
    throw new Error('its content is not 64 hex digits; remove it to have another made');
  } catch (cause) {
    const message = `secret of the prompt cache ${path}: ${(cause as Error).message}`;
    throw new HeliumError('STORE_UNAVAILABLE', message, { details: { path }, cause });
  }
}

function readSecret(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Written whole beside, then linked: who loses the race reads the winner's. */
function makeSecret(path: string): string {
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  writeFileSync(draft, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
  try {
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
  return readFileSync(path, 'utf8').trim();
}
