export { openPromptCache, type PromptCachePlace } from './open-prompt-cache.ts';
export type { CacheEntry, CacheStatistics, PromptCache } from './prompt-cache.ts';
export { createRedisPromptCache, type RedisPromptCacheOptions } from './redis-prompt-cache.ts';
export { createSqlitePromptCache, type SqlitePromptCacheOptions } from './sqlite-prompt-cache.ts';
