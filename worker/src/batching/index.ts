export { Planner, type PlannerOptions } from './planner.ts';
export { resumedConstraint } from './resumed-constraint.ts';
export { cancelledResult, errorResult } from './sequence.ts';
export type {
  AllowedTokens,
  BlockIndex,
  ExecutorLimits,
  PrefillChunk,
  SampledLogprob,
  SequenceBegin,
  SequenceSlot,
  StepExecutor,
  StepOutput,
  StepPlan,
  TokenConstraint,
} from './step-executor.ts';
