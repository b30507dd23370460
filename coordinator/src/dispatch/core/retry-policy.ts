import { ERROR_CODES } from '@helium/shared';
import type { FailureCause } from './core-event.ts';
import type { LiveCall } from './live-call.ts';

/** Times a call is tried again after an error that may pass. */
const RETRIES_MAX = 3;

/**
 * Workers that may be lost under one call. More than retries, because a call that only waited at a
 * worker is lost with it too; bounded, because a call may be what kills them.
 */
const LOSSES_MAX = 5;

/** What becomes of a call that failed: tried again, or the cause its runs fail with. */
export type RetryDecision =
  | { readonly kind: 'retry' }
  | { readonly kind: 'fail'; readonly cause: FailureCause };

/** Decides after `call.failures` was counted up for this error. */
export function decideAfterError(call: LiveCall, cause: FailureCause): RetryDecision {
  if (!ERROR_CODES[cause.code].retryable) return { kind: 'fail', cause };
  if (call.failures <= RETRIES_MAX) return { kind: 'retry' };
  const workers = [...call.failedOn].join(', ');
  const message = `failed ${call.failures} times (on ${workers}), last: ${cause.message}`;
  return { kind: 'fail', cause: { code: 'WORKERS_EXHAUSTED', message } };
}

/** Decides after `call.losses` was counted up. */
export function decideAfterLoss(call: LiveCall, reason: string): RetryDecision {
  if (call.losses <= LOSSES_MAX) return { kind: 'retry' };
  const message = `${call.losses} workers were lost while they had it, last: ${reason}`;
  return { kind: 'fail', cause: { code: 'WORKERS_EXHAUSTED', message } };
}
