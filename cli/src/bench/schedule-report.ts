import {
  evaluateTokenSteps,
  type Instance,
  indexInstance,
  lowerBounds,
  type Schedule,
  type StepTiming,
  simulate,
} from '@helium/coordinator/scheduler';

/** Both evaluators on one schedule, in the words of `evaluate.py` (`PROBLEM.md`, sections 3 and 5). */
export interface Evaluation {
  readonly token_step: {
    /** Token steps. */
    readonly makespan: number;
    readonly makespan_over_M: number;
    readonly worker_end: readonly number[];
    readonly worker_busy: readonly number[];
    readonly prompt_tokens: number;
    readonly prefill_tokens: number;
    readonly saved_tokens: number;
    readonly hit_rate: number;
  };
  readonly simulation: {
    readonly makespan_s: number;
    readonly hit_rate: number;
    readonly prefill_tokens: number;
    readonly evicted_tokens: number;
    readonly mean_batch: number;
    readonly dispatch: 'adjust' | 'ordered';
  };
  /** Token steps that no schedule beats: critical path or load, whichever is greater. */
  readonly lower_bound: number;
}

/** Throws SCHEDULE_INFEASIBLE, naming the call and the reason. */
export function evaluate(instance: Instance, schedule: Schedule, timing: StepTiming): Evaluation {
  const index = indexInstance(instance);
  const steps = evaluateTokenSteps(index, schedule);
  const played = simulate(index, schedule, timing);
  return {
    token_step: {
      makespan: steps.makespan,
      makespan_over_M: steps.makespanOverM,
      worker_end: steps.workerEnd,
      worker_busy: steps.workerBusy,
      prompt_tokens: steps.promptTokens,
      prefill_tokens: steps.prefillTokens,
      saved_tokens: steps.savedTokens,
      hit_rate: steps.hitRate,
    },
    simulation: {
      makespan_s: played.makespanSeconds,
      hit_rate: played.hitRate,
      prefill_tokens: played.prefillTokens,
      evicted_tokens: played.evictedTokens,
      mean_batch: played.meanBatch,
      dispatch: schedule.execution?.dispatch ?? 'adjust',
    },
    lower_bound: lowerBounds(index).greatest,
  };
}
