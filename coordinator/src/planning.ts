/**
 * What a coordinator is wired from, for the simulation: everything but its wire, its stores and its
 * threads. Not for clients.
 */
export { DecodeFaults } from './api/decode-faults.ts';
export { decodeWorkflow } from './api/decode-workflow.ts';
export type { CacheEntry, CacheStatistics, PromptCache } from './cache/prompt-cache.ts';
export type { DispatchCore } from './dispatch/core/dispatch-core.ts';
export { RunObserver } from './dispatch/run-observer.ts';
export type { RunEventBody } from './dispatch/run-port.ts';
export { USUAL_OPTIONS } from './dispatch/usual-options.ts';
export type { FunctionDescription, FunctionHost } from './functions/function-host.ts';
export { JournalMemory, MemoryRunJournal } from './journal/memory-run-journal.ts';
export { lowerNaively } from './optimizer/index.ts';
export {
  DEFAULT_PLAN_LIMITS,
  expandOperator,
  knownTexts,
  type LogicalPlan,
  type Row,
  renderArguments,
  renderMessages,
  renderSegments,
  validateWorkflow,
  type Workflow,
} from './plan/index.ts';
export { betterSchedule, planSchedule, WORK_PER_SECOND } from './scheduler/index.ts';
export { wireCoordinator } from './wire-coordinator.ts';
