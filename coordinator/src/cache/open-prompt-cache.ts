import { join } from 'node:path';
import type { Settings } from '@helium/shared/config';
import type { Logger, PromptCacheMetrics } from '@helium/shared/telemetry';
import type { StorageKeys } from '../storage/storage-keys.ts';
import { keptSecret } from './cache-secret.ts';
import type { PromptCache } from './prompt-cache.ts';
import { createSqlitePromptCache } from './sqlite-prompt-cache.ts';

export interface PromptCachePlace {
  /** Folder of the embedded store and of the secret that was made. */
  readonly stateFolder: string;
  readonly logger: Logger;
  readonly metrics: PromptCacheMetrics;
  /** Encrypt results; default: they are stored as they are. */
  readonly keys?: StorageKeys | undefined;
}

const FILE_NAME = 'prompt-cache.sqlite';
const EMBEDDED_BYTES_MAX = 4 * 2 ** 30;

/**
 * Opens the prompt cache that the settings ask for: Redis where `redis-url` is set, else the file
 * in the state folder. Throws CONFIG_INVALID or STORE_UNAVAILABLE.
 */
export async function openPromptCache(
  settings: Pick<Settings, 'redis-url' | 'cache-ttl-seconds' | 'cache-secret'>,
  place: PromptCachePlace,
): Promise<PromptCache> {
  const { stateFolder, logger, metrics, keys } = place;
  const url = settings['redis-url'];
  const secret = settings['cache-secret'] || keptSecret(stateFolder);
  const common = { ttlSeconds: settings['cache-ttl-seconds'], secret, keys, logger, metrics };
  if (url === '') {
    const path = join(stateFolder, FILE_NAME);
    return createSqlitePromptCache({ ...common, path, maxBytes: EMBEDDED_BYTES_MAX });
  }
  if (settings['cache-secret'] === '') {
    logger.warn("coordinators that share Redis need one cache-secret; this one's is its own", {
      stateFolder,
    });
  }
  // Loads the Redis client, which the embedded store has no use for.
  const { createRedisPromptCache } = await import('./redis-prompt-cache.ts');
  return createRedisPromptCache({ ...common, url });
}
