import { Metadata, type StatusObject, status } from '@grpc/grpc-js';
import { encodeRpcStatus, STATUS_DETAILS_KEY } from '@helium/proto';
import { ERROR_CODES, type Fault, HeliumError } from '@helium/shared';

/** Plain metadata key with the HeliumError's code, for callers without google.rpc. */
const CODE_KEY = 'helium-code';

/** Who defines the reasons in ErrorInfo. */
const ERROR_DOMAIN = 'helium';

/** A retryable error may be tried again after this long. */
const RETRY_DELAY_MS = 1000;

/**
 * Trailers must stay below 8 KiB altogether: gRPC's C core (Python, C++, Ruby) drops calls whose
 * trailers exceed its soft limit. Text longer than these bounds is cut, saying how much is missing.
 */
const MESSAGE_BYTES_MAX = 700;
const FAULT_BYTES_MAX = 400;
const FAULTS_BYTES_MAX = 2600;

/**
 * Any thrown value as a gRPC status: google.rpc details for machines, the code as plain metadata, and
 * for people the message. What is not a HeliumError is our own bug: INTERNAL with INVARIANT_BROKEN.
 */
export function toGrpcStatus(thrown: unknown): StatusObject {
  const error = HeliumError.from(thrown);
  const code = status[ERROR_CODES[error.code].grpc];
  const message = cut(error.message, MESSAGE_BYTES_MAX);
  const metadata = new Metadata();
  metadata.set(CODE_KEY, error.code);
  const details = encodeRpcStatus({
    code,
    message,
    reason: error.code,
    domain: ERROR_DOMAIN,
    metadata: factsOf(error),
    violations: boundedFaults(error.faults),
    ...(error.retryable ? { retryDelayMs: RETRY_DELAY_MS } : {}),
  });
  metadata.set(STATUS_DETAILS_KEY, details);
  return { code, details: message, metadata };
}

/** Faults in order as long as they fit; the last one then says how many do not. */
function boundedFaults(faults: readonly Fault[]): Fault[] {
  const kept: Fault[] = [];
  let bytes = 0;
  for (const [index, fault] of faults.entries()) {
    const field = cut(fault.field, FAULT_BYTES_MAX);
    const message = cut(fault.message, FAULT_BYTES_MAX);
    bytes += Buffer.byteLength(field) + Buffer.byteLength(message) + 8;
    if (bytes > FAULTS_BYTES_MAX) {
      const message = `and ${faults.length - index} more of ${faults.length} faults`;
      return [...kept, { field: '', message }];
    }
    kept.push({ field, message });
  }
  return kept;
}

function factsOf(error: HeliumError): Record<string, string> {
  const entries = Object.entries(error.details).slice(0, 16);
  return Object.fromEntries(entries.map(([key, value]) => [key, cut(String(value), 64)]));
}

/** At most `bytesMax` of UTF-8, well formed: gRPC cannot percent-encode lone surrogates. */
function cut(text: string, bytesMax: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= bytesMax) return bytes.toString();
  const note = `… (${bytes.length} bytes)`;
  const kept = bytes.subarray(0, bytesMax - Buffer.byteLength(note)).toString();
  return `${kept.replace(/\uFFFD$/, '')}${note}`;
}
