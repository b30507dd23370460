import type { PrefixDirective } from '@helium/shared';

type Kept = Exclude<PrefixDirective, { readonly kind: 'nextUse' }>;

/** The prefixes that are to stay pinned, so that a new engine can be told of them. */
export class StandingPrefixes {
  readonly #pinned = new Map<string, Kept>();
  #prefetches = 0;

  /** Prefetches that have not ended. */
  get prefetches(): number {
    return this.#prefetches;
  }

  direct(directive: PrefixDirective): void {
    if (directive.kind === 'nextUse') return;
    const key = keyOf(directive);
    if (directive.kind === 'release') this.#pinned.delete(key);
    else if (directive.kind !== 'prefetch' || directive.pin) this.#pinned.set(key, directive);
    if (directive.kind === 'prefetch') this.#prefetches++;
  }

  prefetched(): void {
    this.#prefetches = Math.max(0, this.#prefetches - 1);
  }

  /** What to tell a new engine; its prefetches count again. */
  replay(): readonly Kept[] {
    const kept = [...this.#pinned.values()];
    this.#prefetches = kept.filter(({ kind }) => kind === 'prefetch').length;
    return kept;
  }
}

function keyOf({ cacheSalt, tokens }: { readonly cacheSalt: string; readonly tokens: Int32Array }) {
  return `${cacheSalt}\n${tokens.join()}`;
}
