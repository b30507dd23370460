import { type ServiceError, status } from '@grpc/grpc-js';
import { decodeRpcStatus, STATUS_DETAILS_KEY } from '@helium/proto';
import { ERROR_CODES, type ErrorCode, HeliumError } from '@helium/shared';

/**
 * Why the coordinator ended or refused an attachment: its own words where it sent them, else UNREACHABLE
 * with what gRPC says.
 */
export function fromGrpcError(error: ServiceError, address: string): HeliumError {
  const [details] = error.metadata?.get(STATUS_DETAILS_KEY) ?? [];
  if (Buffer.isBuffer(details)) {
    const { reason, message, violations } = decodeRpcStatus(details);
    if (Object.hasOwn(ERROR_CODES, reason)) {
      return new HeliumError(reason as ErrorCode, message, { faults: violations, cause: error });
    }
  }
  const said = `${status[error.code]}: ${error.details.replace(/ Resolution note: $/, '')}`;
  if (error.code === status.RESOURCE_EXHAUSTED) {
    return new HeliumError('MESSAGE_TOO_LARGE', `coordinator ${address}: ${said}`, {
      cause: error,
    });
  }
  return new HeliumError('UNREACHABLE', `coordinator ${address}: ${said}`, { cause: error });
}
