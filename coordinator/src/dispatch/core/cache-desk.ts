import type { TenantId } from '@helium/shared';
import type { Effect } from './core-event.ts';
import type { CallOwner, LiveCall } from './live-call.ts';

/**
 * What the core asks of the prompt cache and gives to it: rendered prompts are looked up, one round trip for each
 * tenant and turn, and texts are kept under their prompt's key and by how they are derived.
 */
export class CacheDesk {
  readonly #push: (effect: Effect) => void;
  #waiting: LiveCall[] = [];
  readonly #asked = new Map<number, readonly LiveCall[]>();
  #requests = 0;

  constructor(push: (effect: Effect) => void) {
    this.#push = push;
  }

  /** The call is looked up with the next request. */
  lookUp(call: LiveCall): void {
    this.#waiting.push(call);
  }

  /** One round trip per tenant for all prompts that became known in this turn. */
  request(): void {
    const waiting = this.#waiting.filter((call) => call.owners.length > 0);
    this.#waiting = [];
    for (const [tenant, calls] of Map.groupBy(waiting, tenantOf)) {
      const request = ++this.#requests;
      this.#asked.set(request, calls);
      const keys = calls.flatMap((call) => call.key ?? []);
      this.#push({ kind: 'lookupPrompts', request, tenant, keys });
    }
  }

  /** The request is answered: its calls, those left out that ended meanwhile. */
  takeAsked(request: number): readonly LiveCall[] {
    const calls = this.#asked.get(request) ?? [];
    this.#asked.delete(request);
    return calls.filter(({ state }) => state === 'looking-up');
  }

  /**
   * Keeps a text that these nodes came to, under their derivations' keys and, where it is not there yet, that of its
   * prompt; nothing for runs that bypass the cache. All owners are of one tenant.
   */
  store(owners: readonly CallOwner[], text: string, promptKey?: string): void {
    const [leader] = owners;
    if (leader === undefined || !leader.run.usesCache) return;
    const derived = owners.flatMap(({ run, node }) => run.derivationKey(node) ?? []);
    const keys = new Set(promptKey === undefined ? derived : [promptKey, ...derived]);
    if (keys.size === 0) return;
    const runs = [...new Set(owners.map(({ run }) => run.id))];
    const entries = [...keys].map((key) => ({ key, text }));
    this.#push({ kind: 'storeResults', tenant: leader.run.planned.tenant, runs, entries });
  }
}

function tenantOf(call: LiveCall): TenantId {
  return (call.owners[0] as CallOwner).run.planned.tenant;
}
