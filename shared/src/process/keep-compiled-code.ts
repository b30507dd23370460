import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

/** Goes with what it is made from; may be removed at any time. */
const FOLDER = fileURLToPath(new URL('../../../node_modules/.cache/helium', import.meta.url));

/**
 * Keeps what this process and its children compile, types stripped, for their next start, which takes
 * half as long then (docs/decisions/0016). Keyed by content and Node's version. A folder that cannot be
 * written costs the gain alone.
 */
export function keepCompiledCode(): void {
  enableCompileCache(process.env.NODE_COMPILE_CACHE ?? FOLDER);
  process.env.NODE_COMPILE_CACHE ??= FOLDER;
}
