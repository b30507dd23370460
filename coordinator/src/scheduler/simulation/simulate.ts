import { KeyedHeap } from '@helium/shared';
import { evaluateTokenSteps } from '../cost-model.ts';
import { BEST_EFFORT, type Schedule, type StepTiming } from '../instance.ts';
import type { InstanceIndex } from '../instance-index.ts';
import { flattenSchedule, infeasible } from '../sequences.ts';
import { type BegunWorkers, slowed } from './begun-workers.ts';
import { SequenceQueue } from './call-queue.ts';
import type { CacheOptions } from './sim-prefix-cache.ts';
import { type AdmitListener, SimWorker } from './sim-worker.ts';
import { REFERENCE_TIMING } from './step-timing.ts';

/** Evaluator 2: continuous batching with a prefix cache per worker. */
export interface SimulationReport {
  readonly makespanSeconds: number;
  readonly hitRate: number;
  readonly prefillTokens: number;
  readonly evictedTokens: number;
  /** Calls per step, mean over all steps of all workers. */
  readonly meanBatch: number;
}

/**
 * Plays a schedule on simulated engines (`PROBLEM.md`, section 5). Deterministic. Throws
 * SCHEDULE_INFEASIBLE for a schedule that breaks precedence or a call that never fits into the
 * cache.
 */
export function simulate(
  index: InstanceIndex,
  schedule: Schedule,
  timing: StepTiming = REFERENCE_TIMING,
  onAdmit?: AdmitListener,
  cache?: CacheOptions,
): SimulationReport {
  evaluateTokenSteps(index, schedule);
  return simulateFeasible(index, schedule, timing, onAdmit, cache);
}

/** As `simulate`, for a schedule that is known to keep precedence, on workers that have begun. */
export function simulateFeasible(
  index: InstanceIndex,
  schedule: Schedule,
  timing: StepTiming,
  onAdmit?: AdmitListener,
  cache?: CacheOptions,
  begun?: BegunWorkers,
): SimulationReport {
  const execution = schedule.execution ?? BEST_EFFORT;
  const { calls, groups } = flattenSchedule(index.instance, schedule);
  // Who has no calls takes no part: a batch may be small beside its cluster.
  const busy = [...calls.keys()].filter((worker) => calls[worker]!.length > 0);
  const sequences = busy.map((worker) => calls[worker]!);
  const queues = busy.map(
    (worker) => new SequenceQueue(calls[worker]!, groups[worker]!, execution),
  );
  const { maxInflight } = execution;
  const options = { timing, maxInflight, ...(onAdmit && { onAdmit }), ...(cache && { cache }) };
  const workers = queues.map(
    (queue, place) => new SimWorker(index, queue, optionsOf(busy[place]!, options, begun)),
  );
  const ends = run(workers, new Places(index, sequences, queues));
  return reportOf(workers, greatest(ends));
}

/** What one worker did. */
export interface WorkerPlay {
  /** Of its last completion, seconds. */
  readonly endSeconds: number;
  readonly hitTokens: number;
  readonly promptTokens: number;
}

/**
 * Plays some workers' sequences alone, best effort; no call of theirs may wait for one of another worker.
 * By place in `numbers`, which names the workers. Throws SCHEDULE_INFEASIBLE as `simulate` does.
 */
export function playWorkers(
  index: InstanceIndex,
  numbers: readonly number[],
  sequences: readonly (readonly number[])[],
  timing: StepTiming,
  begun?: BegunWorkers,
): WorkerPlay[] {
  const { maxInflight } = BEST_EFFORT;
  const queues = sequences.map((calls) => new SequenceQueue(calls, NO_GROUPS, BEST_EFFORT));
  const workers = queues.map(
    (queue, i) =>
      new SimWorker(index, queue, optionsOf(numbers[i]!, { timing, maxInflight }, begun)),
  );
  const ends = run(workers, new Places(index, sequences, queues));
  return workers.map(({ hitTokens, promptTokens }, i) => ({
    endSeconds: ends[i]!,
    hitTokens,
    promptTokens,
  }));
}

type SimWorkerOptions = ConstructorParameters<typeof SimWorker>[2];

function optionsOf(
  worker: number,
  options: SimWorkerOptions,
  begun: BegunWorkers | undefined,
): SimWorkerOptions {
  if (begun === undefined) return options;
  const { generated, preloaded, slowness } = begun;
  const cache = { ...options.cache, preloaded: preloaded[worker] ?? [] };
  return { ...options, timing: slowed(options.timing, slowness[worker]), generated, cache };
}

function greatest(numbers: Float64Array): number {
  let most = 0;
  for (const number of numbers) most = Math.max(most, number);
  return most;
}

/** Of sequences that are not grouped. */
const NO_GROUPS: readonly number[] = [];

const NOBODY: readonly number[] = [];

/** Where each call waits, and for how many others. */
class Places {
  readonly workerOf: Int32Array;
  readonly callCount: number;
  readonly #position: Int32Array;
  readonly #missing: Int32Array;
  readonly #successors: readonly Int32Array[];
  readonly #queues: readonly SequenceQueue[];
  #woken: number[] = [];

  constructor(
    index: InstanceIndex,
    sequences: readonly (readonly number[])[],
    queues: readonly SequenceQueue[],
  ) {
    this.workerOf = new Int32Array(index.callCount);
    this.#position = new Int32Array(index.callCount);
    this.#missing = new Int32Array(index.callCount);
    this.#successors = index.successors;
    this.#queues = queues;
    this.callCount = sequences.reduce((sum, calls) => sum + calls.length, 0);
    sequences.forEach((calls, worker) => {
      calls.forEach((call, position) => {
        this.workerOf[call] = worker;
        this.#position[call] = position;
        this.#missing[call] = index.deps[call]!.length;
      });
    });
    for (const calls of sequences) {
      for (const call of calls) if (this.#missing[call] === 0) this.#offer(call);
    }
  }

  /** Unblocks what waited for the call alone. */
  complete(call: number): void {
    this.#queues[this.workerOf[call]!]!.finish(this.#position[call]!);
    for (const next of this.#successors[call]!) {
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
function run(workers: readonly SimWorker[], places: Places): Float64Array {
  const endOf = new Float64Array(workers.length);
  const ends = new StrideEnds(workers);
  const isEnded = new Uint8Array(workers.length);
  let done = 0;
  let now = 0;
  for (const number of workers.keys()) {
    workers[number]!.begin(0);
    ends.note(number);
  }
  for (;;) {
    const ended = ends.takeEarliest();
    const [first] = ended;
    if (first === undefined) break;
    now = workers[first]!.endsAt;
    for (const number of ended) {
      isEnded[number] = 1;
      for (const call of workers[number]!.end()) {
        places.complete(call);
        endOf[number] = now;
        done++;
      }
    }
    for (const number of ended) {
      workers[number]!.begin(now);
      ends.note(number);
    }
    for (const number of places.takeWoken()) {
      const worker = workers[number]!;
      if (worker.isIdle) worker.begin(now);
      else if (isEnded[number] === 0) worker.interrupt(now);
      ends.note(number);
    }
    for (const number of ended) isEnded[number] = 0;
  }
  const { callCount } = places;
  if (done === callCount) return endOf;
  throw infeasible(`the simulation stopped with ${done} of ${callCount} calls done`);
}

/** When workers' strides end. Entries that are not true any more are skipped. */
class StrideEnds {
  readonly #workers: readonly SimWorker[];
  readonly #heap = new KeyedHeap();
  /** Per worker: the end that the heap has last; Infinity for none. */
  readonly #noted: Float64Array;

  constructor(workers: readonly SimWorker[]) {
    this.#workers = workers;
    this.#noted = new Float64Array(workers.length).fill(Number.POSITIVE_INFINITY);
  }

  /** The worker's stride may end at another time than before. */
  note(number: number): void {
    const { endsAt } = this.#workers[number]!;
    if (endsAt === this.#noted[number]) return;
    this.#noted[number] = endsAt;
    if (endsAt < Number.POSITIVE_INFINITY) this.#heap.push(endsAt, number);
  }

  /** Workers whose strides end first, all at the same time, ascending; none when all are idle. */
  takeEarliest(): number[] {
    const earliest: number[] = [];
    let at: number | undefined;
    for (let key = this.#heap.peekKey(); key !== undefined; key = this.#heap.peekKey()) {
      if (at !== undefined && key > at) break;
      const number = this.#heap.pop()!;
      if (key !== this.#noted[number]) continue;
      at = key;
      this.#noted[number] = Number.POSITIVE_INFINITY;
      earliest.push(number);
    }
    return earliest;
  }
}

/** What the workers did, in one report. */
export function reportOf(workers: readonly SimWorker[], makespanSeconds: number): SimulationReport {
  const total = (value: (worker: SimWorker) => number) =>
    workers.reduce((sum, worker) => sum + value(worker), 0);
  const prompt = total((worker) => worker.promptTokens);
  const hit = total((worker) => worker.hitTokens);
  return {
    makespanSeconds,
    hitRate: prompt === 0 ? 0 : hit / prompt,
    prefillTokens: prompt - hit,
    evictedTokens: total((worker) => worker.evictedTokens),
    meanBatch:
      total((worker) => worker.callSteps) /
      Math.max(
        1,
        total((worker) => worker.steps),
      ),
  };
}
