/**
 * The deciding parts of the coordinator without its wire, store and clock: what comparisons and
 * simulations drive in virtual time. Not for clients.
 */
export type {
  CoreEvent,
  Effect,
  MadeSchedule,
  PlannedRun,
  StaticPrefix,
  WorkerSequence,
} from './dispatch/core/core-event.ts';
export { DispatchCore } from './dispatch/core/dispatch-core.ts';
export { improvePlaces } from './dispatch/improve-places.ts';
export { LivePrompts, type PromptMaking } from './dispatch/live-prompts.ts';
export { OutputProfiles } from './dispatch/output-profiles.ts';
export { Pacer } from './dispatch/pacer.ts';
export { placeCalls } from './dispatch/place-calls.ts';
export type { PromptTokenizer, TokenizedPrompt } from './dispatch/prompt-tokens.ts';
export type { RunOptions } from './dispatch/run-port.ts';
export { makeSchedule, type ScheduledRun } from './dispatch/schedule-maker.ts';
export { scheduleParts } from './dispatch/schedule-parts.ts';
export type { WorkerEvent } from './dispatch/worker-port.ts';
export type { NodeAction, PhysicalNode, PhysicalPlan } from './plan/index.ts';
export * from './scheduler/index.ts';
export type { CallQueue } from './scheduler/simulation/call-queue.ts';
export { SimWorker } from './scheduler/simulation/sim-worker.ts';
export { reportOf } from './scheduler/simulation/simulate.ts';
