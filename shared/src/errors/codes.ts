/**
 * Every error code of Helium: the gRPC status it travels as, whether the same request may succeed
 * later without change, and who can fix it. `docs/reference/errors.md` is generated from this table.
 */
export const ERROR_CODES = {
  // The caller's request.
  REQUEST_INVALID: {
    grpc: 'INVALID_ARGUMENT',
    retryable: false,
    fixedBy: 'caller',
    meaning:
      'A request or a message of the stream is malformed: unknown or missing fields, wrong order.',
  },
  WORKFLOW_INVALID: {
    grpc: 'INVALID_ARGUMENT',
    retryable: false,
    fixedBy: 'caller',
    meaning: 'The workflow has faults: references, cycles, ids, fields or sizes; each is listed.',
  },
  ROWS_INVALID: {
    grpc: 'INVALID_ARGUMENT',
    retryable: false,
    fixedBy: 'caller',
    meaning: 'Rows lack a field, hold what is no text, are too many, or their file is malformed.',
  },
  OPTIONS_INVALID: {
    grpc: 'INVALID_ARGUMENT',
    retryable: false,
    fixedBy: 'caller',
    meaning: 'An option of a run, a call or a command is unknown or out of its range.',
  },
  FILE_INVALID: {
    grpc: 'INVALID_ARGUMENT',
    retryable: false,
    fixedBy: 'caller',
    meaning: 'A file named by the caller cannot be read, written or used: workflow, rows, outputs.',
  },
  TEXT_INVALID: {
    grpc: 'INVALID_ARGUMENT',
    retryable: false,
    fixedBy: 'caller',
    meaning: 'A text is not valid Unicode, or messages do not fit the chat template of the model.',
  },
  INSTANCE_INVALID: {
    grpc: 'INVALID_ARGUMENT',
    retryable: false,
    fixedBy: 'caller',
    meaning: 'A scheduling problem given as JSON is malformed; each fault is listed.',
  },
  SCHEDULE_INFEASIBLE: {
    grpc: 'INVALID_ARGUMENT',
    retryable: false,
    fixedBy: 'caller',
    meaning: 'A schedule breaks precedence, or names a call or worker that is not there.',
  },
  PROMPT_TOO_LONG: {
    grpc: 'INVALID_ARGUMENT',
    retryable: false,
    fixedBy: 'caller',
    meaning:
      'A prompt leaves no room for output in the context of the model, or exceeds the text limit.',
  },
  MESSAGE_TOO_LARGE: {
    grpc: 'RESOURCE_EXHAUSTED',
    retryable: false,
    fixedBy: 'caller',
    meaning: 'A message, or what it unpacks to, is larger than its receiver takes.',
  },
  RUN_UNKNOWN: {
    grpc: 'NOT_FOUND',
    retryable: false,
    fixedBy: 'caller',
    meaning:
      'No run of this name is known to the tenant here: ended runs are kept for a time only, and without a run journal all end with their coordinator.',
  },
  REQUEST_ID_REUSED: {
    grpc: 'ALREADY_EXISTS',
    retryable: false,
    fixedBy: 'caller',
    meaning: 'The request id already created a run with another content.',
  },
  RUN_FORGOTTEN: {
    grpc: 'ALREADY_EXISTS',
    retryable: false,
    fixedBy: 'caller',
    meaning:
      'The request id created a run that has ended and is not kept any more; a new id runs it again.',
  },
  CURSOR_UNKNOWN: {
    grpc: 'OUT_OF_RANGE',
    retryable: false,
    fixedBy: 'caller',
    meaning: 'A watch was to resume after an event that the run has not had.',
  },
  RUN_CANCELLED: {
    grpc: 'CANCELLED',
    retryable: false,
    fixedBy: 'caller',
    meaning: 'The run was cancelled.',
  },
  DEADLINE_PASSED: {
    grpc: 'DEADLINE_EXCEEDED',
    retryable: false,
    fixedBy: 'caller',
    meaning: 'Something was not done in its time: a run by its deadline, a handshake of a worker.',
  },
  UNAUTHENTICATED: {
    grpc: 'UNAUTHENTICATED',
    retryable: false,
    fixedBy: 'caller',
    meaning:
      'The call shows no token, or one that the coordinator does not know: wrong, expired or revoked.',
  },
  PERMISSION_DENIED: {
    grpc: 'PERMISSION_DENIED',
    retryable: false,
    fixedBy: 'caller',
    meaning: 'The token is known, and the roles of its entry do not allow the call.',
  },
  FUNCTION_UNKNOWN: {
    grpc: 'FAILED_PRECONDITION',
    retryable: false,
    fixedBy: 'operator',
    meaning: 'The workflow names a function that is not installed on the coordinator.',
  },
  FUNCTION_FAILED: {
    grpc: 'FAILED_PRECONDITION',
    retryable: false,
    fixedBy: 'caller',
    meaning: 'A function of the workflow threw, took too long, or gave back what is no text.',
  },
  LIST_INVALID: {
    grpc: 'FAILED_PRECONDITION',
    retryable: false,
    fixedBy: 'caller',
    meaning: 'A text that a map was to run over is no list, or one longer than the map takes.',
  },
  LOOP_UNFINISHED: {
    grpc: 'FAILED_PRECONDITION',
    retryable: false,
    fixedBy: 'caller',
    meaning: 'A loop that must end by its predicate had all its turns before.',
  },
  // The deployment.
  CONFIG_INVALID: {
    grpc: 'FAILED_PRECONDITION',
    retryable: false,
    fixedBy: 'operator',
    meaning:
      'Settings, or modules with functions that they name, cannot be used; each fault is listed.',
  },
  MODEL_NOT_SERVED: {
    grpc: 'FAILED_PRECONDITION',
    retryable: false,
    fixedBy: 'operator',
    meaning:
      'No worker brought the model an operator names, or it names none and there is not just one.',
  },
  MODEL_MISMATCH: {
    grpc: 'FAILED_PRECONDITION',
    retryable: false,
    fixedBy: 'operator',
    meaning:
      'The weights that something was made for are served no more, and others are under the name of the model.',
  },
  MODEL_INVALID: {
    grpc: 'FAILED_PRECONDITION',
    retryable: false,
    fixedBy: 'operator',
    meaning: 'A model file or tokenizer is damaged or contradicts itself; the place is named.',
  },
  MODEL_UNSUPPORTED: {
    grpc: 'FAILED_PRECONDITION',
    retryable: false,
    fixedBy: 'operator',
    meaning: 'The model or its tokenizer needs a feature that Helium does not have.',
  },
  MODEL_UNAVAILABLE: {
    grpc: 'FAILED_PRECONDITION',
    retryable: true,
    fixedBy: 'operator',
    meaning: 'The model cannot be found, opened or downloaded.',
  },
  PROTOCOL_INCOMPATIBLE: {
    grpc: 'FAILED_PRECONDITION',
    retryable: false,
    fixedBy: 'operator',
    meaning: 'The two sides speak protocol versions that do not go together.',
  },
  ADDRESS_IN_USE: {
    grpc: 'FAILED_PRECONDITION',
    retryable: false,
    fixedBy: 'operator',
    meaning: 'Another process listens on the address.',
  },
  STORE_UNAVAILABLE: {
    grpc: 'UNAVAILABLE',
    retryable: true,
    fixedBy: 'operator',
    meaning: 'A file, folder or store of state cannot be used: permission, full disk, no answer.',
  },
  // Capacity and faults.
  QUEUE_FULL: {
    grpc: 'RESOURCE_EXHAUSTED',
    retryable: true,
    fixedBy: 'caller',
    meaning:
      'No more is taken now: what is live fills the coordinator, or the worker drains or is closed.',
  },
  KV_TOO_SMALL: {
    grpc: 'FAILED_PRECONDITION',
    retryable: false,
    fixedBy: 'operator',
    meaning: 'The KV memory of the worker is too small for the call, or for its settings.',
  },
  WORKER_UNKNOWN: {
    grpc: 'NOT_FOUND',
    retryable: false,
    fixedBy: 'caller',
    meaning: 'No worker of this id is attached.',
  },
  WORKER_LOST: {
    grpc: 'UNAVAILABLE',
    retryable: true,
    fixedBy: 'operator',
    meaning: 'The worker went silent or stopped reading; its calls go elsewhere.',
  },
  WORKERS_EXHAUSTED: {
    grpc: 'UNAVAILABLE',
    retryable: true,
    fixedBy: 'operator',
    meaning: 'A call was tried as often as it may be and still has no answer.',
  },
  EPOCH_STALE: {
    grpc: 'ABORTED',
    retryable: true,
    fixedBy: 'nobody',
    meaning: 'What was said belongs to an attachment that a later one has replaced.',
  },
  ENGINE_FAILED: {
    grpc: 'INTERNAL',
    retryable: true,
    fixedBy: 'operator',
    meaning: 'The engine could not compute a call, or died.',
  },
  UNREACHABLE: {
    grpc: 'UNAVAILABLE',
    retryable: true,
    fixedBy: 'operator',
    meaning: 'The other side of a connection does not answer, or went away.',
  },
  INVARIANT_BROKEN: {
    grpc: 'INTERNAL',
    retryable: false,
    fixedBy: 'helium',
    meaning: 'A mistake of Helium itself; please report it with the log.',
  },
} as const satisfies Record<string, ErrorCodeEntry>;

/**
 * One row of the table. `grpc` is the canonical status name of google.rpc.Code; `meaning` is one
 * sentence for people.
 */
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
    | 'UNAUTHENTICATED'
    | 'PERMISSION_DENIED'
    | 'UNAVAILABLE'
    | 'ABORTED'
    | 'INTERNAL';
  readonly retryable: boolean;
  readonly fixedBy: 'caller' | 'operator' | 'helium' | 'nobody';
  readonly meaning: string;
}

export type ErrorCode = keyof typeof ERROR_CODES;
