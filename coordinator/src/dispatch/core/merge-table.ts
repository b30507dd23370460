import type { RunId, TokenLogprob } from '@helium/shared';
import type { LiveCall } from './live-call.ts';

/** What is known of a rendered prompt: the call that runs it, or its text. */
type MergeEntry =
  | { readonly kind: 'call'; readonly call: LiveCall }
  | { readonly kind: 'text'; readonly text: string; readonly logprobs: Logprobs };

type Logprobs = readonly TokenLogprob[] | undefined;

interface Held {
  entry: MergeEntry;
  readonly holders: Set<RunId>;
}

/**
 * Deterministic calls by rendered prompt, in flight or answered, for as long as a run that asked is
 * live. Scopes keep apart what must not meet: tenants, and runs that bypass the prompt cache.
 */
export class MergeTable {
  readonly #held = new Map<string, Held>();
  readonly #keysOf = new Map<RunId, Set<string>>();

  /** Finds the entry and makes the run one of its holders. */
  join(scope: string, key: string, run: RunId): MergeEntry | undefined {
    const place = placeOf(scope, key);
    const held = this.#held.get(place);
    if (held !== undefined) this.#hold(place, held, run);
    return held?.entry;
  }

  open(scope: string, key: string, call: LiveCall, run: RunId): void {
    const place = placeOf(scope, key);
    const held: Held = { entry: { kind: 'call', call }, holders: new Set() };
    this.#held.set(place, held);
    this.#hold(place, held, run);
  }

  /** A text of before the coordinator started anew; a call that is asking for it already is left alone. */
  know(scope: string, key: string, run: RunId, text: string, logprobs: Logprobs): void {
    const place = placeOf(scope, key);
    const known = this.#held.get(place);
    const held = known ?? { entry: { kind: 'text', text, logprobs }, holders: new Set() };
    if (known === undefined) this.#held.set(place, held);
    this.#hold(place, held, run);
  }

  /** The call has its text; kept while a holder lives. */
  answer(scope: string, key: string, text: string, logprobs?: Logprobs): void {
    const held = this.#held.get(placeOf(scope, key));
    if (held !== undefined) held.entry = { kind: 'text', text, logprobs };
  }

  /** The call was dropped or failed: the next that asks starts anew. */
  forget(scope: string, key: string): void {
    const place = placeOf(scope, key);
    for (const run of this.#held.get(place)?.holders ?? []) this.#keysOf.get(run)?.delete(place);
    this.#held.delete(place);
  }

  /** The run ended. */
  release(run: RunId): void {
    for (const place of this.#keysOf.get(run) ?? []) {
      const held = this.#held.get(place);
      held?.holders.delete(run);
      if (held?.holders.size === 0) this.#held.delete(place);
    }
    this.#keysOf.delete(run);
  }

  get size(): number {
    return this.#held.size;
  }

  #hold(place: string, held: Held, run: RunId): void {
    held.holders.add(run);
    const keys = this.#keysOf.get(run);
    if (keys === undefined) this.#keysOf.set(run, new Set([place]));
    else keys.add(place);
  }
}

function placeOf(scope: string, key: string): string {
  return `${scope}\n${key}`;
}
