import {
  evaluateTokenSteps,
  type Instance,
  indexInstance,
  lowerBounds,
  type Schedule,
  type StepTiming,
  simulate,
} from '@helium/coordinator/scheduler';

/** What both evaluators say of a schedule. */
export type Evaluation = ReturnType<typeof evaluate>;

/**
 * Both evaluators on one schedule, in the words of `evaluate.py` (`PROBLEM.md`, sections 3 and 5),
 * and the token steps that no schedule beats. Throws SCHEDULE_INFEASIBLE, naming the call and the reason.
 */
export function evaluate(instance: Instance, schedule: Schedule, timing: StepTiming) {
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
