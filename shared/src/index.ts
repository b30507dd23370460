export {
  type BlockChain,
  emptyBlockChain,
  extendBlockChain,
  sequenceBlockHashes,
} from './block-hash.ts';
export type {
  Call,
  CallDelta,
  CallResult,
  CallUsage,
  ChatMessage,
  FinishReason,
  Role,
  TokenChance,
  TokenLogprob,
} from './call.ts';
export { NO_USAGE } from './call.ts';
export { type Canonical, canonicalHash } from './canonical-hash.ts';
export { KeyedHeap } from './collections/keyed-heap.ts';
export { type Address, formatAddress, parseAddress } from './config/address.ts';
export { ensureFolder, makeFolders } from './ensure-folder.ts';
export { ERROR_CODES, type ErrorCode, type ErrorCodeEntry } from './errors/codes.ts';
export {
  type Fault,
  formatError,
  HeliumError,
  type HeliumErrorOptions,
} from './errors/helium-error.ts';
export { assertNever, invariant } from './errors/invariant.ts';
export {
  type CallId,
  callId,
  type ModelDigest,
  modelDigest,
  type OperatorId,
  operatorId,
  type RunId,
  runId,
  type TenantId,
  tenantId,
  type WorkerId,
  workerId,
} from './ids.ts';
export { isJsonObject, type JsonObject } from './json-object.ts';
export { createPrng, type Prng } from './random/prng.ts';
export type {
  NumberedResidencyEvent,
  PrefixDirective,
  ResidencyEvent,
  ResidencySnapshot,
  SequenceBlockHash,
} from './residency.ts';
export type {
  ExpansionOutcome,
  OperatorProgress,
  RunError,
  RunEvent,
  RunEventBody,
  RunState,
  RunSummary,
} from './run.ts';
export {
  GREEDY,
  hasPenalty,
  isDeterministic,
  type Sampling,
  sampleSeed,
} from './sampling.ts';
export { NO_STEPS, type StepTotals, withStep } from './step-totals.ts';
export { type Clock, systemClock, type TimerHandle } from './time/clock.ts';
export { isWholeNumber, parseWholeNumber } from './whole-number.ts';
export { PROTOCOL_VERSION, type WorkerIdentity } from './worker-identity.ts';
export { jsonOf, parseWrittenJson, partOf } from './written-json.ts';
