import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { HeliumError } from './errors/helium-error.ts';

/**
 * Makes the folder and those above it, what is made with these permissions, and returns its path. Throws
 * STORE_UNAVAILABLE that names it: not writable, full, a file, a place where nothing can be made.
 */
export function ensureFolder(path: string, mode = 0o777): string {
  try {
    makeFolders(resolve(path), mode);
    accessSync(path, constants.W_OK | constants.X_OK);
    return path;
  } catch (cause) {
    const message = `folder ${path} cannot be used: ${(cause as Error).message}`;
    throw new HeliumError('STORE_UNAVAILABLE', message, { details: { path }, cause });
  }
}

/**
 * As `ensureFolder`, for those who name the place in words of their own: throws the system's error. Node's
 * own recursive `mkdir` tries for ever where the system says that a folder is not there though the one
 * above it is, as below /proc.
 */
export function makeFolders(path: string, mode = 0o777): void {
  if (isFolder(path)) return;
  if (!existsSync(dirname(path))) makeFolders(dirname(path), mode);
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    // Another process may have made it meanwhile.
    if (!isFolder(path)) throw error;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
