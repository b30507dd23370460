import type { ServerUnaryCall, ServerWritableStream } from '@grpc/grpc-js';
import { HeliumError, type TenantId, tenantId } from '@helium/shared';
import { parseTraceparent } from '@helium/shared/telemetry';
import { authenticatedTenant } from './authenticate.ts';

/** What a handler knows of its caller besides the request. */
export interface CallContext {
  readonly tenant: TenantId;
  /** Aborted when the caller is gone, its deadline has passed, or the server goes. */
  readonly signal: AbortSignal;
  /** W3C trace context, where the caller sends a valid one. */
  readonly traceparent?: string;
}

/**
 * Of everybody where callers are not authenticated: a header that anybody can write must not choose whose
 * caches and runs are seen.
 */
const DEFAULT_TENANT = tenantId('default');

/**
 * Reads the context off a call; `gone` is aborted with RUN_CANCELLED when the caller is. Where callers `needToken`, one
 * that came past the door without is nobody's: UNAUTHENTICATED.
 */
export function contextOf(
  call: ServerUnaryCall<unknown, unknown> | ServerWritableStream<unknown, unknown>,
  gone: AbortController,
  needToken: boolean,
): CallContext {
  const tenant = authenticatedTenant(call.metadata) ?? (needToken ? undefined : DEFAULT_TENANT);
  if (tenant === undefined)
    throw new HeliumError('UNAUTHENTICATED', 'the call has no caller that is known');
  const abort = () => gone.abort(new HeliumError('RUN_CANCELLED', 'the caller is gone'));
  call.on('cancelled', abort);
  if (call.cancelled) abort();
  const traceparent = call.metadata.get('traceparent')[0]?.toString();
  const isValid = traceparent !== undefined && parseTraceparent(traceparent) !== undefined;
  return {
    tenant,
    signal: gone.signal,
    ...(isValid ? { traceparent } : {}),
  };
}
