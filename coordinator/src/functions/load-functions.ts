import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Fault, HeliumError } from '@helium/shared';
import type { FunctionHost } from './function-host.ts';
import { type HostLimits, startFunctionHost } from './thread-function-host.ts';

const BUILTIN = fileURLToPath(new URL('./builtin.ts', import.meta.url));

const LIMITS: HostLimits = { callMs: 10_000, outputBytes: 4 << 20, memoryMib: 512 };

/**
 * Loads the built-in functions and those of the modules at `paths`, which are imported in a thread
 * of their own. Throws CONFIG_INVALID with every fault: unreadable files, modules that throw,
 * malformed or doubly defined functions. A digest covers a module's own file, not what that
 * imports.
 */
export async function loadFunctions(
  paths: readonly string[],
  limits: Partial<HostLimits> = {},
): Promise<FunctionHost> {
  const files = [BUILTIN, ...paths.map((path) => resolve(path))];
  const faults: Fault[] = [];
  const modules = await Promise.all(
    files.map(async (path) => {
      const source = await readFile(path).catch((error: Error) => {
        faults.push({ field: path, message: error.message });
        return '';
      });
      const digest = createHash('sha256').update(source).digest('hex');
      return { url: pathToFileURL(path).href, digest };
    }),
  );
  if (faults.length > 0) {
    throw new HeliumError('CONFIG_INVALID', 'functions: unreadable module(s)', { faults });
  }
  return startFunctionHost(modules, { ...LIMITS, ...limits });
}
