import type { CacheEntry } from './prompt-cache.ts';

/** The brute-force twin of a prompt cache, for property tests: a map with the time of last use. */
export class NaivePromptCache {
  readonly #ttlMs: number;
  readonly #entries = new Map<string, { text: string; usedMs: number }>();
  #nowMs = 0;

  constructor(ttlSeconds: number) {
    this.#ttlMs = ttlSeconds === 0 ? Number.POSITIVE_INFINITY : ttlSeconds * 1000;
  }

  age(ms: number): void {
    this.#nowMs += ms;
    for (const [name, { usedMs }] of this.#entries) {
      if (this.#nowMs - usedMs >= this.#ttlMs) this.#entries.delete(name);
    }
  }

  fetch(tenant: string, keys: readonly string[]): ReadonlyMap<string, string> {
    const hits = new Map<string, string>();
    for (const key of keys) {
      const entry = this.#entries.get(`${tenant} ${key}`);
      if (entry === undefined) continue;
      entry.usedMs = this.#nowMs;
      hits.set(key, entry.text);
    }
    return hits;
  }

  store(tenant: string, entries: readonly CacheEntry[]): void {
    for (const { key, text } of entries) {
      this.#entries.set(`${tenant} ${key}`, { text, usedMs: this.#nowMs });
    }
  }

  clear(tenant: string): number {
    const names = [...this.#entries.keys()].filter((name) => name.startsWith(`${tenant} `));
    for (const name of names) this.#entries.delete(name);
    return names.length;
  }
}
