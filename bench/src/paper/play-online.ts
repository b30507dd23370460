import {
  type CallQueue,
  reportOf,
  type SimulationReport,
  SimWorker,
} from '@helium/coordinator/online';
import type { CacheOptions, InstanceIndex, StepTiming } from '@helium/coordinator/scheduler';
import { KeyedHeap } from '@helium/shared';

/** A call on its way to a worker. */
export interface Submission {
  readonly call: number;
  readonly worker: number;
}

/**
 * A system that decides while the batch runs: told of every call whose inputs are there and of every
 * call that ended, in order; after each it says what is submitted now.
 */
export interface Frontend {
  /** The call's inputs are there. */
  ready(call: number): void;
  ended(call: number): void;
  /** Calls to be submitted now, in order. */
  take(): readonly Submission[];
}

export interface OnlineOptions {
  readonly timing: StepTiming;
  /** From a submission to its arrival in the engine's queue, s. */
  readonly submitSeconds: number;
  readonly cache?: CacheOptions;
}

/** First come, first served. */
class Arrivals implements CallQueue {
  readonly #calls: number[] = [];
  #head = 0;

  add(call: number): void {
    this.#calls.push(call);
  }

  peek(): number | undefined {
    return this.#calls[this.#head];
  }

  take(): void {
    this.#head++;
  }
}

/** Plays a batch on engines as evaluator 2 has them, with a frontend in front. Deterministic. */
export function playOnline(
  index: InstanceIndex,
  frontend: Frontend,
  options: OnlineOptions,
): SimulationReport {
  return new OnlinePlay(index, frontend, options).run();
}

class OnlinePlay {
  readonly #index: InstanceIndex;
  readonly #frontend: Frontend;
  readonly #options: OnlineOptions;
  readonly #queues: readonly Arrivals[];
  readonly #workers: readonly SimWorker[];
  readonly #missing: Int32Array;
  /** Submissions under way, by the time of their arrival. */
  readonly #underWay = new KeyedHeap();
  readonly #workerOf: Int32Array;
  #done = 0;

  constructor(index: InstanceIndex, frontend: Frontend, options: OnlineOptions) {
    this.#index = index;
    this.#frontend = frontend;
    this.#options = options;
    this.#missing = Int32Array.from(index.deps, (deps) => deps.length);
    this.#workerOf = new Int32Array(index.callCount);
    const { timing, cache } = options;
    this.#queues = Array.from({ length: index.instance.workers }, () => new Arrivals());
    this.#workers = this.#queues.map(
      (queue) =>
        new SimWorker(index, queue, { timing, maxInflight: Infinity, ...(cache && { cache }) }),
    );
  }

  run(): SimulationReport {
    for (let call = 0; call < this.#index.callCount; call++) {
      if (this.#missing[call] === 0) this.#frontend.ready(call);
    }
    this.#submit(0);
    let now = 0;
    for (;;) {
      const next = Math.min(
        this.#underWay.peekKey() ?? Infinity,
        ...this.#workers.map((w) => w.endsAt),
      );
      if (next === Number.POSITIVE_INFINITY) break;
      now = next;
      const ended = this.#workers.filter((worker) => worker.endsAt === now);
      for (const worker of ended) for (const call of worker.end()) this.#end(call);
      this.#submit(now);
      const woken = this.#arrive(now);
      for (const worker of ended) worker.begin(now);
      for (const worker of woken) {
        if (worker.isIdle) worker.begin(now);
        else if (!ended.includes(worker)) worker.interrupt(now);
      }
    }
    if (this.#done < this.#index.callCount) {
      throw new Error(
        `the frontend stopped with ${this.#done} of ${this.#index.callCount} calls done`,
      );
    }
    return reportOf(this.#workers, now);
  }

  #end(call: number): void {
    this.#done++;
    this.#frontend.ended(call);
    for (const next of this.#index.successors[call]!) {
      if (--this.#missing[next]! === 0) this.#frontend.ready(next);
    }
  }

  #submit(now: number): void {
    for (const { call, worker } of this.#frontend.take()) {
      this.#workerOf[call] = worker;
      this.#underWay.push(now + this.#options.submitSeconds, call);
    }
  }

  #arrive(now: number): Set<SimWorker> {
    const woken = new Set<SimWorker>();
    while ((this.#underWay.peekKey() ?? Infinity) <= now) {
      const call = this.#underWay.pop()!;
      const worker = this.#workerOf[call]!;
      this.#queues[worker]!.add(call);
      woken.add(this.#workers[worker]!);
    }
    return woken;
  }
}
