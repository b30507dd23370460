export { evaluateTokenSteps, type TokenStepReport } from './cost-model.ts';
export { isForced } from './forced-schedule.ts';
export {
  BEST_EFFORT,
  type ClusterState,
  type Instance,
  type InstanceCall,
  type MachineModel,
  type PinnedCall,
  type Schedule,
  type ScheduleExecution,
  type SchedulingOptions,
  type SchedulingPolicy,
  type StandingSchedule,
  type StepTiming,
} from './instance.ts';
export {
  type InstanceLimits,
  instanceInPortions,
  type PlannedCall,
} from './instance-from-tree.ts';
export { type InstanceIndex, indexInstance } from './instance-index.ts';
export {
  EMPTY_PROFILE,
  estimateLength,
  type LengthEstimate,
  type LengthPrior,
  type LengthProfile,
  observeLength,
} from './length-estimate.ts';
export { type LowerBounds, lowerBounds } from './lower-bounds.ts';
export { DEFAULT_POLICY, POLICIES, requirePolicy } from './policies/index.ts';
export type { Candidate } from './policy.ts';
export { type PrintScheduleOptions, printSchedule } from './print-schedule.ts';
export { readInstance } from './read-instance.ts';
export { rehearsal } from './rehearsal.ts';
export {
  betterSchedule,
  type ImprovingSchedule,
  improveSchedule,
  type PlannedSchedule,
  type PlanScheduleInput,
  planSchedule,
  type ScheduleReport,
  WORK_PER_SECOND,
} from './schedule.ts';
export { readSchedule, type ScheduleJson, writeSchedule } from './schedule-json.ts';
export type { CacheOptions } from './simulation/sim-prefix-cache.ts';
export { type SimulationReport, simulate } from './simulation/simulate.ts';
export { REFERENCE_MACHINE, REFERENCE_TIMING } from './simulation/step-timing.ts';
