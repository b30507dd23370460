export { evaluateTokenSteps, type TokenStepReport } from './cost-model.ts';
export {
  BEST_EFFORT,
  type Instance,
  type InstanceCall,
  type MachineModel,
  type PinnedCall,
  type Schedule,
  type ScheduleExecution,
  type SchedulingOptions,
  type SchedulingPolicy,
  type StepTiming,
} from './instance.ts';
export { type InstanceLimits, instanceFromTree, type PlannedCall } from './instance-from-tree.ts';
export { type InstanceIndex, indexInstance } from './instance-index.ts';
export { DEFAULT_POLICY, POLICIES, requirePolicy } from './policies/index.ts';
export type { Candidate } from './policy.ts';
export {
  type PlannedSchedule,
  type PlanScheduleInput,
  planSchedule,
  type ScheduleReport,
} from './schedule.ts';
