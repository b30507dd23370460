import { ERROR_CODES, type HeliumError } from '@helium/shared';

/**
 * What a shell sees: 0 done; 1 the run failed; 2 the request, the workflow or the configuration is wrong,
 * and the same again fails again; 3 something is not reachable or full, and trying again may help; 130
 * interrupted.
 */
export function exitCodeOf(error: HeliumError): number {
  const { grpc, retryable } = ERROR_CODES[error.code];
  switch (grpc) {
    case 'INVALID_ARGUMENT':
    case 'FAILED_PRECONDITION':
    case 'NOT_FOUND':
    case 'UNAUTHENTICATED':
    case 'PERMISSION_DENIED':
    case 'ALREADY_EXISTS':
    case 'OUT_OF_RANGE':
      return 2;
    case 'RESOURCE_EXHAUSTED':
      return retryable ? 3 : 2;
    case 'UNAVAILABLE':
      return 3;
    case 'CANCELLED':
      return 130;
    default:
      return 1;
  }
}
