import { KeyedHeap } from '@helium/shared';

/** Workers that do nothing and look for a call when something happens. */
const PARKED = Number.POSITIVE_INFINITY;
/** Not the first of its group. */
const FOLLOWING = Number.NaN;

/**
 * When workers look for a call of their pool. Those that wait for the same moment are one group, of
 * which the lowest number looks first: waking a thousand idle workers costs as much as waking one.
 */
export class FreeWorkers {
  /** Groups by time, then by their first worker; entries that are not true any more are skipped. */
  readonly #heap = new KeyedHeap();
  /** Per worker that is the first of its group, alone or not: when it looks. */
  readonly #looksAt: Float64Array;
  /** Per such worker the others, ascending. */
  readonly #others: (KeyedHeap | undefined)[] = [];
  /** Per pool: the first of the group that was told to wait last; -1 for none. */
  readonly #latest: Int32Array;

  constructor(workers: number, pools: number) {
    this.#looksAt = new Float64Array(workers).fill(FOLLOWING);
    this.#latest = new Int32Array(pools).fill(-1);
  }

  /** The worker that looks first, and when; ties go to the lowest number. */
  first(): { readonly worker: number; readonly at: number } | undefined {
    for (;;) {
      const at = this.#heap.peekKey();
      const worker = this.#heap.peek();
      if (at === undefined || worker === undefined) return undefined;
      if (this.#looksAt[worker] === at) return { worker, at };
      this.#heap.pop();
    }
  }

  /** The first worker, which looked, has a call until `until`; the others of its group go on. */
  begin(pool: number, worker: number, until: number): void {
    const at = this.#looksAt[worker]!;
    const others = this.#others[worker];
    this.#others[worker] = undefined;
    const next = others?.pop();
    if (next !== undefined) {
      this.#others[next] = others;
      this.#put(next, at);
    }
    if (this.#latest[pool] === worker) this.#latest[pool] = next ?? -1;
    this.#put(worker, until);
  }

  /** The worker and those in its group look at that time; `undefined`: when they are woken. */
  wait(pool: number, worker: number, at: number = PARKED): void {
    const latest = this.#latest[pool]!;
    if (latest < 0 || latest === worker || this.#looksAt[latest] !== at) {
      this.#latest[pool] = worker;
      this.#put(worker, at);
      return;
    }
    const first = Math.min(latest, worker);
    this.#join(first, Math.max(latest, worker));
    this.#latest[pool] = first;
    this.#put(first, at);
  }

  /** Those of the pool that wait to be woken look at that time. */
  wake(pool: number, at: number): void {
    const latest = this.#latest[pool]!;
    if (latest >= 0 && this.#looksAt[latest] === PARKED) this.#put(latest, at);
  }

  #put(worker: number, at: number): void {
    if (this.#looksAt[worker] === at) return;
    this.#looksAt[worker] = at;
    if (at !== PARKED) this.#heap.push(at, worker);
  }

  /** The smaller group goes into the larger. */
  #join(first: number, second: number): void {
    const ours = this.#others[first] ?? new KeyedHeap();
    const theirs = this.#others[second] ?? new KeyedHeap();
    const [into, from] = ours.size < theirs.size ? [theirs, ours] : [ours, theirs];
    for (let worker = from.pop(); worker !== undefined; worker = from.pop()) {
      into.push(worker, worker);
    }
    into.push(second, second);
    this.#others[first] = into;
    this.#others[second] = undefined;
    this.#looksAt[second] = FOLLOWING;
  }
}
