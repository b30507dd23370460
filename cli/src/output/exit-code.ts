import { ERROR_CODES, type HeliumError } from '@helium/shared';

/**
 * What a shell sees: 0 done; 1 the run failed; 2 the request or the configuration is wrong (nothing was
 * done); 3 something is not reachable, and trying again may help; 130 interrupted.
 */
export function exitCodeOf(error: HeliumError): number {
  switch (ERROR_CODES[error.code].grpc) {
    case 'INVALID_ARGUMENT':
    case 'FAILED_PRECONDITION':
    case 'NOT_FOUND':
    case 'ALREADY_EXISTS':
    case 'OUT_OF_RANGE':
      return 2;
    case 'UNAVAILABLE':
      return 3;
    case 'CANCELLED':
      return 130;
    default:
      return 1;
  }
}
