import type { ServiceError } from '@grpc/grpc-js';
import {
  ERROR_CODES,
  type ErrorCode,
  type Fault,
  HeliumError,
  type RunError,
} from '@helium/shared';
import { grpc, proto } from '../libraries.ts';

export function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && 'metadata' in error && 'details' in error;
}

/** Of grpc-js and protobuf.js, about what was to be sent: only workflows nest. */
const NESTED_TOO_DEEP = /^Request message serialization failure: .*nesting depth/;

/** Of grpc-js, where HTTP/2 ended a call's stream or its connection without a status. */
const RESET =
  /^(Received RST_STREAM with code |Call cancelled$|Bandwidth exhausted or memory limit exceeded$)/;

/**
 * Whether the call's stream was reset: by what is between, or with the whole connection where too many of its
 * streams were cancelled. No coordinator said anything about the call.
 */
export function isReset({ details, metadata }: ServiceError): boolean {
  return RESET.test(details) && metadata.get('helium-code').length === 0;
}

/** A failed call, or a run's error, as the HeliumError it was at the coordinator. */
export function fromServiceError(
  error: ServiceError | null | undefined,
  known?: RunError,
): HeliumError {
  const code = known?.code ?? error?.metadata.get('helium-code')[0]?.toString();
  const message = known?.message ?? error?.details ?? 'the coordinator gave no answer';
  if (code !== undefined && code in ERROR_CODES) {
    const faults = known === undefined ? faultsOf(error) : (known.faults ?? []);
    return new HeliumError(code as ErrorCode, message, { cause: error, faults });
  }
  if (NESTED_TOO_DEEP.test(message)) {
    const limit = 'the workflow is nested deeper than a message may be; bodies may be 8 deep';
    return new HeliumError('WORKFLOW_INVALID', limit, { cause: error });
  }
  const isBroken = error != null && isReset(error);
  const kind = isBroken ? 'UNREACHABLE' : fromStatus(error?.code, message);
  return new HeliumError(kind, message, { cause: error });
}

/** For errors that never reached a coordinator, or come from one that is not Helium's. */
function fromStatus(code: number | undefined, message: string): ErrorCode {
  const { status } = grpc();
  switch (code) {
    case status.INTERNAL:
      // Of grpc-js: what was to be sent is no message of that type.
      return message.startsWith('Request message serialization failure')
        ? 'REQUEST_INVALID'
        : 'UNREACHABLE';
    case status.RESOURCE_EXHAUSTED:
      return 'MESSAGE_TOO_LARGE';
    case status.DEADLINE_EXCEEDED:
      return 'DEADLINE_PASSED';
    case status.CANCELLED:
      return 'RUN_CANCELLED';
    case status.UNIMPLEMENTED:
      return 'PROTOCOL_INCOMPATIBLE';
    default:
      return 'UNREACHABLE';
  }
}

/** Every fault that the coordinator found, with its place in the request. */
function faultsOf(error: ServiceError | null | undefined): readonly Fault[] {
  const { decodeRpcStatus, STATUS_DETAILS_KEY } = proto();
  const bytes = error?.metadata.get(STATUS_DETAILS_KEY)[0];
  return Buffer.isBuffer(bytes) ? decodeRpcStatus(bytes).violations : [];
}
