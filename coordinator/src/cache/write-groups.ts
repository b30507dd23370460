import type { Clock, TenantId, TimerHandle } from '@helium/shared';
import type { CacheEntry } from './prompt-cache.ts';

/** Between two writes at least, ms. */
const APART_MS = 25;

type Write = (tenant: TenantId, entries: readonly CacheEntry[]) => void;

/**
 * Writes what comes at once where the last write is a while ago, and together what comes within a moment of another:
 * most of a write's price is its commit, whatever it holds.
 */
export class WriteGroups {
  readonly #clock: Pick<Clock, 'now' | 'setTimer'>;
  readonly #write: Write;
  #waiting = new Map<TenantId, Map<string, CacheEntry>>();
  #written = Promise.withResolvers<void>();
  #timer: TimerHandle | undefined;
  #lastAt = Number.NEGATIVE_INFINITY;

  /** `write` is called with all that waits of a tenant: of each key what came last. */
  constructor(clock: Pick<Clock, 'now' | 'setTimer'>, write: Write) {
    this.#clock = clock;
    this.#write = write;
  }

  /** Resolves when these are written; rejects with what a write of the group threw. */
  add(tenant: TenantId, entries: readonly CacheEntry[]): Promise<void> {
    const waiting = this.#waiting.get(tenant) ?? new Map<string, CacheEntry>();
    this.#waiting.set(tenant, waiting);
    for (const entry of entries) waiting.set(entry.key, entry);
    const { promise } = this.#written;
    const leftMs = this.#lastAt + APART_MS - this.#clock.now();
    if (leftMs <= 0) this.flush();
    else this.#timer ??= this.#clock.setTimer(leftMs, () => this.flush());
    return promise;
  }

  /** The text that waits to be written under this key: whoever reads need not wait for it, nor make it be written. */
  find(tenant: TenantId, key: string): string | undefined {
    return this.#waiting.get(tenant)?.get(key)?.text;
  }

  /** Writes all that waits now. */
  flush(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#waiting.size === 0) return;
    const [groups, { resolve, reject }] = [this.#waiting, this.#written];
    this.#waiting = new Map();
    this.#written = Promise.withResolvers();
    try {
      for (const [tenant, entries] of groups) this.#write(tenant, [...entries.values()]);
      resolve();
    } catch (error) {
      reject(error);
    }
    // After a write that took long comes a time without one.
    this.#lastAt = this.#clock.now();
  }
}
