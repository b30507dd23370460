import { evaluateTokenSteps } from '../cost-model.ts';
import { BEST_EFFORT, type Schedule, type StepTiming } from '../instance.ts';
import type { InstanceIndex } from '../instance-index.ts';
import { flattenSchedule } from '../sequences.ts';
import { type BegunWorkers, workerOptions } from './begun-workers.ts';
import { SequenceQueue } from './call-queue.ts';
import { Places, run } from './play.ts';
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
    (queue, place) => new SimWorker(index, queue, workerOptions(busy[place]!, options, begun)),
  );
  const places = new Places(index);
  places.begin(sequences, queues);
  const ends = run(workers, places);
  return reportOf(workers, greatest(ends));
}

function greatest(numbers: Float64Array): number {
  let most = 0;
  for (const number of numbers) most = Math.max(most, number);
  return most;
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
