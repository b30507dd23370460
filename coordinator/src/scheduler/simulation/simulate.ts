import { evaluateTokenSteps } from '../cost-model.ts';
import { BEST_EFFORT, type Schedule, type StepTiming } from '../instance.ts';
import type { InstanceIndex } from '../instance-index.ts';
import { flattenSchedule, infeasible } from '../sequences.ts';
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

/** As `simulate`, for a schedule that is known to keep precedence. */
export function simulateFeasible(
  index: InstanceIndex,
  schedule: Schedule,
  timing: StepTiming,
  onAdmit?: AdmitListener,
  cache?: CacheOptions,
): SimulationReport {
  const execution = schedule.execution ?? BEST_EFFORT;
  const sequences = flattenSchedule(index.instance, schedule);
  const queues = sequences.calls.map(
    (calls, worker) => new SequenceQueue(calls, sequences.groups[worker]!, execution),
  );
  const { maxInflight } = execution;
  const options = { timing, maxInflight, ...(onAdmit && { onAdmit }), ...(cache && { cache }) };
  const workers = queues.map((queue) => new SimWorker(index, queue, options));
  const places = new Places(index, sequences.calls, queues);
  const makespanSeconds = run(index, workers, places);
  return reportOf(workers, makespanSeconds);
}

const NOBODY: readonly number[] = [];

/** Where each call waits, and for how many others. */
class Places {
  readonly workerOf: Int32Array;
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
    this.#missing = Int32Array.from(index.deps, (deps) => deps.length);
    this.#successors = index.successors;
    this.#queues = queues;
    sequences.forEach((calls, worker) => {
      calls.forEach((call, position) => {
        this.workerOf[call] = worker;
        this.#position[call] = position;
      });
    });
    for (let call = 0; call < index.callCount; call++) {
      if (this.#missing[call] === 0) this.#offer(call);
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

/** Returns the time of the last completion. */
function run(index: InstanceIndex, workers: readonly SimWorker[], places: Places): number {
  const ended: SimWorker[] = [];
  let done = 0;
  let now = 0;
  for (const worker of workers) worker.begin(0);
  for (;;) {
    const next = earliestEnd(workers);
    if (next === Number.POSITIVE_INFINITY) break;
    now = next;
    ended.length = 0;
    for (const worker of workers) if (worker.endsAt === now) ended.push(worker);
    for (const worker of ended) {
      for (const call of worker.end()) {
        places.complete(call);
        done++;
      }
    }
    for (const worker of ended) worker.begin(now);
    for (const number of places.takeWoken()) {
      const worker = workers[number]!;
      if (worker.isIdle) worker.begin(now);
      else if (!ended.includes(worker)) worker.interrupt(now);
    }
  }
  if (done === index.callCount) return now;
  throw infeasible(`the simulation stopped with ${done} of ${index.callCount} calls done`);
}

function earliestEnd(workers: readonly SimWorker[]): number {
  let earliest = Number.POSITIVE_INFINITY;
  for (const worker of workers) if (worker.endsAt < earliest) earliest = worker.endsAt;
  return earliest;
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
