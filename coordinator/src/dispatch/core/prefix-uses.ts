import type { PrefixDirective, SequenceBlockHash, WorkerId } from '@helium/shared';
import type { StaticPrefix } from './core-event.ts';
import type { Slot } from './worker-places.ts';

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
  /** By first use, from `next` on not considered for computing ahead yet; undefined: to be sorted. */
  ahead: readonly PrefixUse[] | undefined;
  next: number;
  /** Tokens of prefixes asked for whose first use has not come. */
  readonly awaited: Map<SequenceBlockHash, number>;
  awaitedTokens: number;
}

/**
 * When each static prefix is next used on each worker, for eviction by next use (Belady), and which
 * are worth computing ahead. A prefix is named by its last whole block: blocks before it stay with it.
 */
export class PrefixUses {
  readonly #workers = new Map<WorkerId, WorkerUses>();
  /** Prefetches asked for, by last block: not asked twice while the schedule uses the prefix. */
  readonly #prefetched = new Map<WorkerId, Set<SequenceBlockHash>>();
  readonly #changed = new Set<WorkerId>();

  open(worker: WorkerId): void {
    this.close(worker);
    this.#prefetched.set(worker, new Set());
  }

  close(worker: WorkerId): void {
    this.#workers.delete(worker);
    this.#prefetched.delete(worker);
  }

  /** Other slots on all workers. What was told of prefixes that they still use is remembered. */
  install(slots: Iterable<Slot>): void {
    const byWorker = Map.groupBy(slots, ({ worker }) => worker);
    for (const worker of [...this.#workers.keys()]) {
      if (!byWorker.has(worker)) this.renew(worker, []);
    }
    for (const [worker, own] of byWorker) this.renew(worker, own);
  }

  /** The same for one worker, which has these slots and no others. */
  renew(worker: WorkerId, slots: readonly Slot[]): void {
    const before = this.#workers.get(worker);
    this.#workers.delete(worker);
    const asked = this.#prefetched.get(worker);
    // Of a large cluster most workers have nothing before and after: that is to cost nothing with every schedule.
    if (slots.length === 0 && (asked === undefined || (before?.uses.size ?? 0) === 0)) {
      asked?.clear();
      return;
    }
    const now = this.#uses(worker);
    for (const slot of slots) {
      for (const prefix of slot.place.prefixes) this.#add(slot, prefix);
    }
    // What was asked for is kept for these slots' prefixes only: an attachment may last months.
    for (const block of asked ?? []) if (!now.uses.has(block)) asked?.delete(block);
    for (const use of now.uses.values()) {
      use.orders.sort(ascending);
      now.touched.add(use);
    }
    carryTold(before, now);
    this.#changed.add(worker);
  }

  /** Slots that are no more though their calls were not sent. */
  drop(slots: Iterable<Slot>): void {
    for (const { worker, order, place } of slots) {
      const known = this.#workers.get(worker);
      if (known === undefined) continue;
      known.over.add(order);
      this.#changed.add(worker);
      for (const prefix of place.prefixes) {
        const use = known.uses.get(lastBlock(prefix));
        if (use !== undefined) known.touched.add(use);
      }
    }
  }

  /** Slots beside those that there are. */
  add(slots: Iterable<Slot>): void {
    const used = new Set<PrefixUse>();
    for (const slot of slots) {
      const known = this.#uses(slot.worker);
      for (const prefix of slot.place.prefixes) {
        const use = this.#add(slot, prefix);
        used.add(use);
        known.touched.add(use);
      }
      known.ahead = undefined;
      this.#changed.add(slot.worker);
    }
    for (const use of used) {
      const rest = use.orders.slice(use.first).sort(ascending);
      for (const [i, order] of rest.entries()) use.orders[use.first + i] = order;
    }
  }

  /** Whether a slot of the worker that is not over begins with it. */
  isUsed(worker: WorkerId, prefix: StaticPrefix): boolean {
    const known = this.#workers.get(worker);
    const use = known?.uses.get(lastBlock(prefix));
    return known !== undefined && use !== undefined && Number.isFinite(advance(use, known.over));
  }

  /** Workers that may have something to be told since the last time, ascending. */
  takeChanged(): WorkerId[] {
    const changed = [...this.#changed].sort();
    this.#changed.clear();
    return changed;
  }

  /** The slot's call was sent, or will not be. */
  end({ worker, order, place }: Slot): void {
    const known = this.#workers.get(worker);
    if (known === undefined) return;
    known.over.add(order);
    this.#changed.add(worker);
    for (const prefix of place.prefixes) {
      // The call computes it itself: nothing is left to compute ahead.
      this.#prefetched.get(worker)?.add(lastBlock(prefix));
      known.awaitedTokens -= known.awaited.get(lastBlock(prefix)) ?? 0;
      known.awaited.delete(lastBlock(prefix));
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
   * (not resident, and first used by a call that still waits). Those asked for and not used yet are
   * `tokensMax` together at most.
   */
  takePrefetches(
    worker: WorkerId,
    tokensMax: number,
    isWanted: (prefix: StaticPrefix, firstOrder: number) => boolean,
  ): PrefixDirective[] {
    const known = this.#workers.get(worker);
    const asked = this.#prefetched.get(worker);
    if (known === undefined || asked === undefined) return [];
    const ahead = sortAhead(known);
    const directives: PrefixDirective[] = [];
    for (; known.next < ahead.length; known.next++) {
      const use = ahead[known.next] as PrefixUse;
      const { prefix } = use;
      const nextUse = advance(use, known.over);
      if (!Number.isFinite(nextUse) || asked.has(lastBlock(prefix))) continue;
      if (!isWanted(prefix, nextUse)) continue;
      const { cacheSalt, tokens } = prefix;
      if (known.awaitedTokens + tokens.length > tokensMax) break;
      known.awaitedTokens += tokens.length;
      known.awaited.set(lastBlock(prefix), tokens.length);
      asked.add(lastBlock(prefix));
      use.told = nextUse;
      directives.push({ kind: 'prefetch', cacheSalt, tokens, pin: false, nextUse });
    }
    return directives;
  }

  #add({ worker, order }: Slot, prefix: StaticPrefix): PrefixUse {
    const { uses } = this.#uses(worker);
    const known = uses.get(lastBlock(prefix));
    if (known !== undefined) {
      known.orders.push(order);
      return known;
    }
    const use: PrefixUse = { prefix, orders: [order], first: 0, told: Infinity };
    uses.set(lastBlock(prefix), use);
    return use;
  }

  #uses(worker: WorkerId): WorkerUses {
    const known = this.#workers.get(worker);
    if (known !== undefined) return known;
    const made: WorkerUses = {
      uses: new Map(),
      over: new Set(),
      touched: new Set(),
      ahead: undefined,
      next: 0,
      awaited: new Map(),
      awaitedTokens: 0,
    };
    this.#workers.set(worker, made);
    return made;
  }
}

function lastBlock({ hashes }: StaticPrefix): SequenceBlockHash {
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
  for (const [block, tokens] of before?.awaited ?? []) {
    if (!now.uses.has(block)) continue;
    now.awaited.set(block, tokens);
    now.awaitedTokens += tokens;
  }
}

function sortAhead(known: WorkerUses): readonly PrefixUse[] {
  if (known.ahead !== undefined) return known.ahead;
  const firstUses = [...known.uses.values()]
    .map((use) => ({ use, nextUse: advance(use, known.over) }))
    .filter(({ nextUse }) => Number.isFinite(nextUse));
  known.ahead = firstUses.sort((a, b) => a.nextUse - b.nextUse).map(({ use }) => use);
  known.next = 0;
  return known.ahead;
}

function ascending(a: number, b: number): number {
  return a - b;
}

function advance(use: PrefixUse, over: ReadonlySet<number>): number {
  while (use.first < use.orders.length && over.has(use.orders[use.first] as number)) use.first += 1;
  return use.orders[use.first] ?? Number.POSITIVE_INFINITY;
}
