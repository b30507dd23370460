/**
 * Every error code of Helium: the gRPC status it travels as, whether the same request may succeed
 * later without change, and who can fix it. `docs/reference/errors.md` is generated from this table.
 */
export const ERROR_CODES = {
  // The caller's request.
  REQUEST_INVALID: { grpc: 'INVALID_ARGUMENT', retryable: false, fixedBy: 'caller' },
  WORKFLOW_INVALID: { grpc: 'INVALID_ARGUMENT', retryable: false, fixedBy: 'caller' },
  ROWS_INVALID: { grpc: 'INVALID_ARGUMENT', retryable: false, fixedBy: 'caller' },
  OPTIONS_INVALID: { grpc: 'INVALID_ARGUMENT', retryable: false, fixedBy: 'caller' },
  FILE_INVALID: { grpc: 'INVALID_ARGUMENT', retryable: false, fixedBy: 'caller' },
  TEXT_INVALID: { grpc: 'INVALID_ARGUMENT', retryable: false, fixedBy: 'caller' },
  INSTANCE_INVALID: { grpc: 'INVALID_ARGUMENT', retryable: false, fixedBy: 'caller' },
  SCHEDULE_INFEASIBLE: { grpc: 'INVALID_ARGUMENT', retryable: false, fixedBy: 'caller' },
  PROMPT_TOO_LONG: { grpc: 'INVALID_ARGUMENT', retryable: false, fixedBy: 'caller' },
  MESSAGE_TOO_LARGE: { grpc: 'RESOURCE_EXHAUSTED', retryable: false, fixedBy: 'caller' },
  RUN_UNKNOWN: { grpc: 'NOT_FOUND', retryable: false, fixedBy: 'caller' },
  REQUEST_ID_REUSED: { grpc: 'ALREADY_EXISTS', retryable: false, fixedBy: 'caller' },
  CURSOR_UNKNOWN: { grpc: 'OUT_OF_RANGE', retryable: false, fixedBy: 'caller' },
  RUN_CANCELLED: { grpc: 'CANCELLED', retryable: false, fixedBy: 'caller' },
  DEADLINE_PASSED: { grpc: 'DEADLINE_EXCEEDED', retryable: false, fixedBy: 'caller' },
  FUNCTION_UNKNOWN: { grpc: 'FAILED_PRECONDITION', retryable: false, fixedBy: 'operator' },
  FUNCTION_FAILED: { grpc: 'FAILED_PRECONDITION', retryable: false, fixedBy: 'caller' },
  // The deployment.
  CONFIG_INVALID: { grpc: 'FAILED_PRECONDITION', retryable: false, fixedBy: 'operator' },
  MODEL_NOT_SERVED: { grpc: 'FAILED_PRECONDITION', retryable: false, fixedBy: 'operator' },
  MODEL_MISMATCH: { grpc: 'FAILED_PRECONDITION', retryable: false, fixedBy: 'operator' },
  MODEL_INVALID: { grpc: 'FAILED_PRECONDITION', retryable: false, fixedBy: 'operator' },
  MODEL_UNSUPPORTED: { grpc: 'FAILED_PRECONDITION', retryable: false, fixedBy: 'operator' },
  MODEL_UNAVAILABLE: { grpc: 'FAILED_PRECONDITION', retryable: true, fixedBy: 'operator' },
  PROTOCOL_INCOMPATIBLE: { grpc: 'FAILED_PRECONDITION', retryable: false, fixedBy: 'operator' },
  ADDRESS_IN_USE: { grpc: 'FAILED_PRECONDITION', retryable: false, fixedBy: 'operator' },
  STORE_UNAVAILABLE: { grpc: 'UNAVAILABLE', retryable: true, fixedBy: 'operator' },
  // Capacity and faults.
  QUEUE_FULL: { grpc: 'RESOURCE_EXHAUSTED', retryable: true, fixedBy: 'caller' },
  KV_TOO_SMALL: { grpc: 'FAILED_PRECONDITION', retryable: false, fixedBy: 'operator' },
  WORKER_UNKNOWN: { grpc: 'NOT_FOUND', retryable: false, fixedBy: 'caller' },
  WORKER_LOST: { grpc: 'UNAVAILABLE', retryable: true, fixedBy: 'operator' },
  WORKERS_EXHAUSTED: { grpc: 'UNAVAILABLE', retryable: true, fixedBy: 'operator' },
  EPOCH_STALE: { grpc: 'ABORTED', retryable: true, fixedBy: 'nobody' },
  ENGINE_FAILED: { grpc: 'INTERNAL', retryable: true, fixedBy: 'operator' },
  UNREACHABLE: { grpc: 'UNAVAILABLE', retryable: true, fixedBy: 'operator' },
  INVARIANT_BROKEN: { grpc: 'INTERNAL', retryable: false, fixedBy: 'helium' },
} as const satisfies Record<string, ErrorCodeEntry>;

/** One row of the table. `grpc` is the canonical status name of google.rpc.Code. */
export interface ErrorCodeEntry {
  readonly grpc:
    | 'INVALID_ARGUMENT'
    | 'RESOURCE_EXHAUSTED'
    | 'NOT_FOUND'
    | 'ALREADY_EXISTS'
    | 'OUT_OF_RANGE'
    | 'CANCELLED'
    | 'DEADLINE_EXCEEDED'
    | 'FAILED_PRECONDITION'
    | 'UNAVAILABLE'
    | 'ABORTED'
    | 'INTERNAL';
  readonly retryable: boolean;
  readonly fixedBy: 'caller' | 'operator' | 'helium' | 'nobody';
}

export type ErrorCode = keyof typeof ERROR_CODES;
