export { openPromptCache, type PromptCachePlace } from './open-prompt-cache.ts';
export type { CacheEntry, CacheStatistics, PromptCache } from './prompt-cache.ts';
