import { type Clock, type ErrorCode, HeliumError } from '@helium/shared';
import type { Logger } from '@helium/shared/telemetry';
import type { Backoff } from './backoff.ts';
import type { AttachmentEnd, CoordinatorLink } from './coordinator-link.ts';
import type { CoordinatorPort, DialCoordinator } from './coordinator-port.ts';

/** Refusals that dialling again cannot heal. */
const FINAL_CODES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'PROTOCOL_INCOMPATIBLE',
  // Of coordinators that take one digest for a name.
  'MODEL_MISMATCH',
  'MODEL_INVALID',
  'MODEL_UNSUPPORTED',
  'REQUEST_INVALID',
]);

/** Refusals that somebody has to heal: told once, and tried again seldom. */
const TENDED_CODES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'UNAUTHENTICATED',
  'PERMISSION_DENIED',
]);

/** An attachment that lasted this long was a good one: the next failure is a first one. */
const GOOD_MS = 30_000;

export interface ReconnectOptions {
  readonly backoff: Backoff;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends the waiting and dialling, not an attachment that stands. */
  readonly signal: AbortSignal;
  readonly onAttached: (port: CoordinatorPort) => void;
}

/**
 * Keeps the link attached for ever: dials, serves, waits, dials again. Resolves when the worker is drained
 * or its engine failed. Rejects with the coordinator's reason when it refuses the worker for good.
 */
export async function keepAttached(
  link: CoordinatorLink,
  dial: DialCoordinator,
  options: ReconnectOptions,
): Promise<AttachmentEnd> {
  const { backoff, clock, logger, signal, onAttached } = options;
  let told = '';
  while (true) {
    await link.idle();
    if (link.over !== undefined) return link.over;
    try {
      const port = await dial(signal);
      logger.info('attached to the coordinator', { epoch: port.epoch });
      onAttached(port);
      told = '';
      const startMs = clock.now();
      const end = await link.serve(port);
      if (end.kind !== 'lost') return end;
      if (clock.now() - startMs >= GOOD_MS) backoff.reset();
      throw end.error;
    } catch (thrown) {
      const error = HeliumError.from(thrown);
      if (link.over !== undefined) return link.over;
      if (FINAL_CODES.has(error.code)) throw error;
      const delayMs = backoff.next();
      const { code, message } = error;
      const isTended = TENDED_CODES.has(code);
      // A worker whose token is not taken would say so for days.
      const log = isTended && message === told ? logger.debug : logger.warn;
      told = message;
      log('detached from the coordinator', { code, message, redialMs: Math.round(delayMs) });
      await delay(clock, delayMs, signal);
    }
  }
}

function delay(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      timer.cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = clock.setTimer(ms, done);
    if (signal.aborted) done();
    else signal.addEventListener('abort', done);
  });
}
