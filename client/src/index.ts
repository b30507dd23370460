export type {
  ExpansionOutcome,
  OperatorProgress,
  RunError,
  RunEvent,
  RunEventBody,
  RunState,
  RunSummary,
  TokenLogprob,
} from '@helium/shared';
export { type ErrorCode, type Fault, formatError, HeliumError } from '@helium/shared';
export type {
  Capabilities,
  Named,
  PromptCacheStatistics,
  ResidencyRecord,
  ResidentBlock,
  WarmedWorker,
  WorkerRecord,
  WorkerState,
} from './api/cluster-records.ts';
export type { CallOptions, ClientOptions, TlsOptions } from './api/connection.ts';
export { type Explanation, HeliumClient } from './api/helium-client.ts';
export { RunHandle, type RunResult, runFailure } from './api/run-handle.ts';
export type { RunRecord } from './api/run-record.ts';
export type { RunOptions } from './api/run-request.ts';
export { type ListOptions, type ListSource, listOf } from './dsl/list.ts';
export type { LlmDefaults, LlmMessage, LlmOptions, SamplingOptions } from './dsl/llm-message.ts';
export {
  contains,
  equals,
  type MatchOptions,
  matches,
  nonEmpty,
  not,
  type Predicate,
  says,
  startsWith,
} from './dsl/predicate.ts';
export { type Handle, join, type Text, type TextTemplate, text } from './dsl/text.ts';
export type { RowOf, Workflow } from './dsl/workflow.ts';
export {
  type CondBranches,
  type FnOptions,
  type LoopOptions,
  type LoopTurn,
  type MapOptions,
  sample,
  type WorkflowBuilder,
  type WorkflowHead,
  workflow,
} from './dsl/workflow-builder.ts';
export { loadConnection } from './libraries.ts';
export { outputsHash } from './rows/outputs-hash.ts';
export { parseRows } from './rows/parse-rows.ts';
export { parseWorkflow } from './yaml/parse-workflow.ts';
