import type { CacheCounts } from './cache-ledger.ts';
import { openValue, type ValueSecrets } from './sealed-value.ts';

/**
 * One look-up's answer from a store: the caller's key, the store's, and the sealed value if
 * present.
 */
export interface SealedEntry {
  readonly key: string;
  readonly storeKey: string;
  readonly sealed: Uint8Array | null;
}

/** The texts that verify, by the caller's key, and what to count. */
export function openValues(
  secrets: ValueSecrets,
  entries: readonly SealedEntry[],
): {
  readonly hits: ReadonlyMap<string, string>;
  readonly counts: Pick<CacheCounts, 'hits' | 'misses' | 'rejected'>;
} {
  const hits = new Map<string, string>();
  let rejected = 0;
  for (const { key, storeKey, sealed } of entries) {
    const text = sealed === null ? undefined : openValue(secrets, storeKey, sealed);
    if (text !== undefined) hits.set(key, text);
    else if (sealed !== null) rejected += 1;
  }
  return { hits, counts: { hits: hits.size, misses: entries.length - hits.size, rejected } };
}
