import type { InstanceIndex } from '../instance-index.ts';
import { infeasible } from '../sequences.ts';
import type { SequenceQueue } from './call-queue.ts';
import type { SimWorker } from './sim-worker.ts';

const NOBODY: readonly number[] = [];

/** Where each call waits, and for how many others. Serves one play after the other. */
export class Places {
  readonly workerOf: Int32Array;
  callCount = 0;
  readonly #position: Int32Array;
  readonly #missing: Int32Array;
  readonly #index: InstanceIndex;
  #queues: readonly SequenceQueue[] = [];
  #woken: number[] = [];

  constructor(index: InstanceIndex) {
    this.workerOf = new Int32Array(index.callCount);
    this.#position = new Int32Array(index.callCount);
    this.#missing = new Int32Array(index.callCount);
    this.#index = index;
  }

  /** Puts the calls into the queues, by place in both. What was there before does not count any more. */
  begin(sequences: readonly (readonly number[])[], queues: readonly SequenceQueue[]): void {
    const { deps } = this.#index;
    this.#queues = queues;
    this.#woken = [];
    this.callCount = 0;
    for (let worker = 0; worker < sequences.length; worker++) {
      const calls = sequences[worker]!;
      this.callCount += calls.length;
      for (let position = 0; position < calls.length; position++) {
        const call = calls[position]!;
        this.workerOf[call] = worker;
        this.#position[call] = position;
        this.#missing[call] = deps[call]!.length;
      }
    }
    for (const calls of sequences) {
      for (const call of calls) if (this.#missing[call] === 0) this.#offer(call);
    }
  }

  /** Unblocks what waited for the call alone. */
  complete(call: number): void {
    this.#queues[this.workerOf[call]!]!.finish(this.#position[call]!);
    const successors = this.#index.successors[call]!;
    for (let i = 0; i < successors.length; i++) {
      const next = successors[i]!;
      if (--this.#missing[next]! > 0) continue;
      this.#offer(next);
      const worker = this.workerOf[next]!;
      if (!this.#woken.includes(worker)) this.#woken.push(worker);
    }
  }

  /** Workers that have got calls since the last time, ascending. */
  takeWoken(): readonly number[] {
    if (this.#woken.length === 0) return NOBODY;
    const woken = this.#woken.sort((a, b) => a - b);
    this.#woken = [];
    return woken;
  }

  #offer(call: number): void {
    this.#queues[this.workerOf[call]!]!.offer(this.#position[call]!);
  }
}

/** Returns the time of each worker's last completion. O(strides · log workers). */
export function run(workers: readonly SimWorker[], places: Places): Float64Array {
  const endOf = new Float64Array(workers.length);
  const ends = new StrideEnds(workers.length);
  const isEnded = new Uint8Array(workers.length);
  const ended: number[] = [];
  let done = 0;
  for (let number = 0; number < workers.length; number++) {
    workers[number]!.begin(0);
    ends.set(number, workers[number]!.endsAt);
  }
  for (;;) {
    const now = ends.takeEarliest(ended);
    if (ended.length === 0) break;
    for (const number of ended) {
      isEnded[number] = 1;
      for (const call of workers[number]!.end()) {
        places.complete(call);
        endOf[number] = now;
        done++;
      }
    }
    for (const number of ended) {
      const worker = workers[number]!;
      worker.begin(now);
      ends.set(number, worker.endsAt);
    }
    for (const number of places.takeWoken()) {
      const worker = workers[number]!;
      if (worker.isIdle) worker.begin(now);
      else if (isEnded[number] === 0) worker.interrupt(now);
      ends.set(number, worker.endsAt);
    }
    for (const number of ended) isEnded[number] = 0;
  }
  const { callCount } = places;
  if (done === callCount) return endOf;
  throw infeasible(`the simulation stopped with ${done} of ${callCount} calls done`);
}

/** When each worker's stride ends, and which ends first: a tournament, of equals the smaller number wins. */
class StrideEnds {
  /** By worker; Infinity while idle. */
  readonly #ends: Float64Array;
  /** By node of a binary tree from 1 on, whose leaves are the workers: who ends first below it. */
  readonly #first: Int32Array;
  readonly #leaves: number;

  constructor(workers: number) {
    this.#leaves = 1 << Math.ceil(Math.log2(Math.max(1, workers)));
    this.#ends = new Float64Array(this.#leaves).fill(Number.POSITIVE_INFINITY);
    this.#first = new Int32Array(2 * this.#leaves);
    for (let leaf = 0; leaf < this.#leaves; leaf++) this.#first[this.#leaves + leaf] = leaf;
    for (let node = this.#leaves - 1; node > 0; node--) {
      this.#first[node] = this.#first[2 * node]!;
    }
  }

  set(worker: number, endsAt: number): void {
    const ends = this.#ends;
    if (ends[worker] === endsAt) return;
    ends[worker] = endsAt;
    const first = this.#first;
    for (let node = (this.#leaves + worker) >> 1; node > 0; node >>= 1) {
      const left = first[2 * node]!;
      const right = first[2 * node + 1]!;
      first[node] = ends[right]! < ends[left]! ? right : left;
    }
  }

  /**
   * Puts the workers whose strides end first, all at the same time, into `earliest`, ascending: none when all are idle.
   * Returns the time.
   */
  takeEarliest(earliest: number[]): number {
    earliest.length = 0;
    const at = this.#ends[this.#first[1]!]!;
    if (at === Number.POSITIVE_INFINITY) return at;
    for (let worker = this.#first[1]!; this.#ends[worker] === at; worker = this.#first[1]!) {
      earliest.push(worker);
      this.set(worker, Number.POSITIVE_INFINITY);
    }
    return at;
  }
}
