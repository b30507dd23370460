export { cancelledResult, errorResult } from './error-result.ts';
export { Planner } from './planner.ts';
export type { PlannerOptions } from './planner-options.ts';
export { resumedConstraint } from './resumed-constraint.ts';
export type {
  AllowedTokens,
  BlockIndex,
  DraftCount,
  ExecutorLimits,
  PrefillChunk,
  SampledLogprob,
  SampledToken,
  SequenceBegin,
  SequenceSlot,
  StepExecutor,
  StepOutput,
  StepPlan,
  TokenConstraint,
} from './step-executor.ts';
