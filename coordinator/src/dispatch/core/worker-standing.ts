import { type CallResult, ERROR_CODES } from '@helium/shared';
import type { AttachedWorker } from '../../cluster/index.ts';
import type { Effect } from './core-event.ts';
import type { LiveCall } from './live-call.ts';

/** Different calls in a row that a worker fails until it is ejected, as Envoy's outlier detection names it. */
const FAILED_CALLS_MAX = 3;

/** For how long, the first time; doubled each time that it fails its trial. */
const EJECTION_MS = 1000;
const EJECTION_MS_MAX = 60_000;

/** Where changes of a worker's standing are told. */
export interface StandingParts {
  /** On the lease clock, ms. */
  readonly now: number;
  readonly push: (effect: Effect) => void;
}

/** The worker answered a call, and is as good as any other. True where it was not before. */
export function noteAnswer(worker: AttachedWorker, { push }: StandingParts): boolean {
  const { standing, identity } = worker;
  const wasPoor = standing.reason !== '';
  standing.failedCalls.clear();
  standing.ejections = 0;
  standing.ejectedUntil = undefined;
  standing.reason = '';
  standing.isOnTrial = false;
  if (worker.state === 'ejected') worker.state = 'ready';
  if (wasPoor) push({ kind: 'workerTakenBack', worker: identity.workerId, epoch: worker.epoch });
  return wasPoor;
}

/**
 * The worker ended a call without an answer, before the call takes note. Counted against the worker unless the
 * call was to blame: the error is the caller's, or the call failed elsewhere. One that fails several
 * calls and answers none in between, or fails its trial, is ejected. True where it was.
 */
export function noteFailure(
  worker: AttachedWorker,
  call: LiveCall,
  result: CallResult,
  parts: StandingParts,
): boolean {
  const { standing, identity } = worker;
  const { error } = result;
  if (error !== undefined && !ERROR_CODES[error.code].retryable) return false;
  if ([...call.failedOn].some((other) => other !== identity.workerId)) return false;
  standing.failedCalls.add(call.number);
  const isEnough = standing.failedCalls.size >= FAILED_CALLS_MAX;
  if (!isEnough || worker.state !== 'ready') return false;
  const what = error === undefined ? 'it gave calls up' : `${error.code} ${error.message}`;
  eject(worker, `it answered none of its last ${standing.failedCalls.size} calls: ${what}`, parts);
  return true;
}

function eject(worker: AttachedWorker, reason: string, { now, push }: StandingParts): void {
  const { standing, identity, epoch } = worker;
  const ms = Math.min(EJECTION_MS_MAX, EJECTION_MS * 2 ** standing.ejections);
  standing.ejections += 1;
  standing.ejectedUntil = now + ms;
  standing.reason = reason;
  standing.isOnTrial = false;
  worker.state = 'ejected';
  push({ kind: 'workerEjected', worker: identity.workerId, epoch, ms, reason });
}
