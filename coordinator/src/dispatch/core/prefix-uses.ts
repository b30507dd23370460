import type { PrefixDirective, SequenceBlockHash, WorkerId } from '@helium/shared';
import type { StaticPrefix } from './core-event.ts';
import type { Slot } from './live-schedule.ts';

interface PrefixUse {
  readonly prefix: StaticPrefix;
  /** Orders of the calls that start with it, ascending; those before `first` are over. */
  readonly orders: number[];
  first: number;
  told: number;
}

interface WorkerUses {
  readonly uses: Map<SequenceBlockHash, PrefixUse>;
  readonly over: Set<number>;
  readonly touched: Set<PrefixUse>;
}

/**
 * When each static prefix is next used on each worker, for eviction by next use (Belady), and which
 * are worth computing ahead. A prefix is named by its last whole block: blocks before it stay with it.
 */
export class PrefixUses {
  readonly #workers = new Map<WorkerId, WorkerUses>();
  /** Prefetches asked for in an attachment, by last block: never asked twice. */
  readonly #prefetched = new Map<WorkerId, Set<SequenceBlockHash>>();

  open(worker: WorkerId): void {
    this.close(worker);
    this.#prefetched.set(worker, new Set());
  }

  close(worker: WorkerId): void {
    this.#workers.delete(worker);
    this.#prefetched.delete(worker);
  }

  /** A new schedule. What was told of prefixes that it still uses is remembered. */
  install(slots: Iterable<Slot>): void {
    const before = new Map(this.#workers);
    this.#workers.clear();
    for (const slot of slots) {
      for (const prefix of slot.place.prefixes) this.#add(slot, prefix);
    }
    for (const [worker, { uses, touched }] of this.#workers) {
      for (const use of uses.values()) {
        use.orders.sort((a, b) => a - b);
        touched.add(use);
      }
      carryTold(before.get(worker), this.#uses(worker));
      before.delete(worker);
    }
    for (const [worker, old] of before) {
      if (this.#prefetched.has(worker)) carryTold(old, this.#uses(worker));
    }
  }

  /** The slot's call was sent, or will not be. */
  end({ worker, order, place }: Slot): void {
    const known = this.#workers.get(worker);
    if (known === undefined) return;
    known.over.add(order);
    for (const prefix of place.prefixes) {
      // The call computes it itself: nothing is left to compute ahead.
      this.#prefetched.get(worker)?.add(lastBlock(prefix));
      const use = known.uses.get(lastBlock(prefix));
      if (use !== undefined) known.touched.add(use);
    }
  }

  /** Next uses that changed since the last time. */
  takeDirectives(worker: WorkerId): PrefixDirective[] {
    const known = this.#workers.get(worker);
    if (known === undefined) return [];
    const directives: PrefixDirective[] = [];
    for (const use of known.touched) {
      const nextUse = advance(use, known.over);
      if (nextUse === use.told) continue;
      use.told = nextUse;
      directives.push({ kind: 'nextUse', block: lastBlock(use.prefix), nextUse });
    }
    known.touched.clear();
    return directives;
  }

  /**
   * Prefixes to compute in idle time, in order of first use: those of the schedule that `isWanted`
   * (not resident, and first used by a call that still waits), up to `tokensMax`.
   */
  takePrefetches(
    worker: WorkerId,
    tokensMax: number,
    isWanted: (prefix: StaticPrefix, firstOrder: number) => boolean,
  ): PrefixDirective[] {
    const known = this.#workers.get(worker);
    const asked = this.#prefetched.get(worker);
    if (known === undefined || asked === undefined) return [];
    const byUse = [...known.uses.values()]
      .map((use) => ({ use, nextUse: advance(use, known.over) }))
      .filter(({ nextUse }) => Number.isFinite(nextUse))
      .sort((a, b) => a.nextUse - b.nextUse);
    const directives: PrefixDirective[] = [];
    let tokens = 0;
    for (const { use, nextUse } of byUse) {
      const { prefix } = use;
      if (asked.has(lastBlock(prefix)) || !isWanted(prefix, nextUse)) continue;
      tokens += prefix.tokens.length;
      if (tokens > tokensMax) break;
      asked.add(lastBlock(prefix));
      use.told = nextUse;
      const { cacheSalt } = prefix;
      directives.push({
        kind: 'prefetch',
        cacheSalt,
        tokens: prefix.tokens,
        pin: false,
        nextUse,
      });
    }
    return directives;
  }

  #add({ worker, order }: Slot, prefix: StaticPrefix): void {
    const { uses } = this.#uses(worker);
    const use = uses.get(lastBlock(prefix));
    if (use !== undefined) use.orders.push(order);
    else uses.set(lastBlock(prefix), { prefix, orders: [order], first: 0, told: Infinity });
  }

  #uses(worker: WorkerId): WorkerUses {
    const known = this.#workers.get(worker);
    if (known !== undefined) return known;
    const made: WorkerUses = { uses: new Map(), over: new Set(), touched: new Set() };
    this.#workers.set(worker, made);
    return made;
  }
}

export function lastBlock({ hashes }: StaticPrefix): SequenceBlockHash {
  return hashes[hashes.length - 1] as SequenceBlockHash;
}

/** The worker still counts on what it was told: prefixes the new schedule lacks are taken back. */
function carryTold(before: WorkerUses | undefined, now: WorkerUses): void {
  for (const [block, old] of before?.uses ?? []) {
    const use = now.uses.get(block);
    if (use !== undefined) use.told = old.told;
    else if (Number.isFinite(old.told)) {
      const gone: PrefixUse = { prefix: old.prefix, orders: [], first: 0, told: old.told };
      now.uses.set(block, gone);
      now.touched.add(gone);
    }
  }
}

function advance(use: PrefixUse, over: ReadonlySet<number>): number {
  while (use.first < use.orders.length && over.has(use.orders[use.first] as number)) use.first += 1;
  return use.orders[use.first] ?? Number.POSITIVE_INFINITY;
}
