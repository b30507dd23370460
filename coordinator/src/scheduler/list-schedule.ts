import { KeyedHeap } from '@helium/shared';
import { FreeWorkers } from './free-workers.ts';
import type { PinnedCall } from './instance.ts';
import { type InstanceIndex, sharedTokens, tokenUsage } from './instance-index.ts';
import type { ReadyCalls } from './ready-calls.ts';

/**
 * Which workers take from which set of ready calls: all from one, or each from its own when a
 * placement has bound the calls.
 */
export interface ReadyPools {
  readonly poolOfCall: (call: number) => number;
  readonly poolOfWorker: (worker: number) => number;
  readonly pools: readonly ReadyCalls[];
}

/** One pool for all workers. */
export function sharedPool(pool: ReadyCalls): ReadyPools {
  return { poolOfCall: () => 0, poolOfWorker: () => 0, pools: [pool] };
}

/** A pool per worker; call c belongs to worker `workerOf[c]`. */
export function boundPools(workerOf: Int32Array, pools: readonly ReadyCalls[]): ReadyPools {
  return { poolOfCall: (call) => workerOf[call]!, poolOfWorker: (worker) => worker, pools };
}

/**
 * Event-driven list scheduling in the token-step model (`PROBLEM.md`, section 7): whichever worker
 * is free first takes a call whose delays have passed; if there is none it waits for the first.
 * Returns the sequence of every worker; pinned calls are at their beginnings. O((W + n) · log W + n ·
 * cost of a pool).
 */
export function listSchedule(
  index: InstanceIndex,
  ready: ReadyPools,
  pinned: readonly PinnedCall[] = [],
): number[][] {
  const run = new ListRun(index, ready, pinned);
  while (!run.done) run.step();
  return run.sequences;
}

class ListRun {
  readonly sequences: number[][];
  readonly #index: InstanceIndex;
  readonly #ready: ReadyPools;
  /** Per pool: calls by the time their delays pass. */
  readonly #pending: KeyedHeap[];
  readonly #freeAt: Float64Array;
  readonly #free: FreeWorkers;
  /** Pools of which calls got a time since the last step. */
  readonly #released = new Set<number>();
  readonly #releaseAt: Float64Array;
  readonly #missing: Int32Array;
  #left: number;

  constructor(index: InstanceIndex, ready: ReadyPools, pinned: readonly PinnedCall[]) {
    const { workers } = index.instance;
    this.#index = index;
    this.#ready = ready;
    this.sequences = Array.from({ length: workers }, () => []);
    this.#pending = ready.pools.map(() => new KeyedHeap());
    this.#freeAt = new Float64Array(workers);
    this.#free = new FreeWorkers(workers, ready.pools.length);
    this.#releaseAt = new Float64Array(index.callCount);
    this.#missing = Int32Array.from(index.deps, (deps) => deps.length);
    this.#left = index.callCount;
    // A pinned call waits for nothing but its worker: it keeps out of the pools.
    for (const { call } of pinned) this.#missing[call] = -1;
    for (let call = 0; call < index.callCount; call++) {
      if (this.#missing[call] === 0) this.#pending[ready.poolOfCall(call)]!.push(0, call);
    }
    for (const { call, worker } of pinned) this.#start(worker, call);
    for (let worker = 0; worker < workers; worker++) {
      this.#free.wait(ready.poolOfWorker(worker), worker, this.#freeAt[worker]);
    }
  }

  get done(): boolean {
    return this.#left === 0;
  }

  /** The first free worker takes a call, or waits. */
  step(): void {
    for (const pool of this.#released) this.#free.wake(pool, this.#pending[pool]!.peekKey()!);
    this.#released.clear();
    const { worker, at } = this.#free.first()!;
    const pool = this.#ready.poolOfWorker(worker);
    const pending = this.#pending[pool]!;
    while (pending.size > 0 && pending.peekKey()! <= at) {
      this.#ready.pools[pool]!.offer(pending.pop()!);
    }
    const call = this.#ready.pools[pool]!.take(this.sequences[worker]!.at(-1) ?? -1);
    if (call === undefined) {
      this.#free.wait(pool, worker, pending.peekKey());
      return;
    }
    this.#freeAt[worker] = at;
    this.#start(worker, call);
    this.#free.begin(pool, worker, this.#freeAt[worker]!);
  }

  #start(worker: number, call: number): void {
    const index = this.#index;
    const sequence = this.sequences[worker]!;
    const last = sequence.at(-1);
    const shared = last === undefined ? 0 : sharedTokens(index, last, call);
    const begin = Math.max(this.#freeAt[worker]!, this.#releaseAt[call]!);
    const end = begin + tokenUsage(index, call, shared);
    sequence.push(call);
    this.#freeAt[worker] = end;
    this.#left--;
    const passes = end + index.delay[call]!;
    for (const next of index.successors[call]!) {
      this.#releaseAt[next] = Math.max(this.#releaseAt[next]!, passes);
      if (--this.#missing[next]! === 0) this.#release(next);
    }
  }

  #release(call: number): void {
    const pool = this.#ready.poolOfCall(call);
    this.#pending[pool]!.push(this.#releaseAt[call]!, call);
    this.#released.add(pool);
  }
}
