import { type CallResult, ERROR_CODES } from '@helium/shared';
import type { AttachedWorker } from '../../cluster/index.ts';
import type { Effect } from './core-event.ts';
import type { LiveCall } from './live-call.ts';

/** Different calls in a row that a worker fails until it is put aside. */
const FAILED_CALLS_MAX = 3;

/** For how long, the first time; doubled each time that it fails its trial. */
const ASIDE_MS = 1000;
const ASIDE_MS_MAX = 60_000;

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
  standing.timesAside = 0;
  standing.asideUntil = undefined;
  standing.reason = '';
  standing.isOnTrial = false;
  if (worker.state === 'aside') worker.state = 'ready';
  if (wasPoor) push({ kind: 'workerTakenBack', worker: identity.workerId, epoch: worker.epoch });
  return wasPoor;
}

/**
 * The worker ended a call without an answer, before the call takes note. Counted against the worker unless the
 * call was to blame: the error is the caller's, or the call failed elsewhere. One that fails several
 * calls and answers none in between, or fails its trial, is put aside. True where it was.
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
  putAside(
    worker,
    `it answered none of its last ${standing.failedCalls.size} calls: ${what}`,
    parts,
  );
  return true;
}

function putAside(worker: AttachedWorker, reason: string, { now, push }: StandingParts): void {
  const { standing, identity, epoch } = worker;
  const ms = Math.min(ASIDE_MS_MAX, ASIDE_MS * 2 ** standing.timesAside);
  standing.timesAside += 1;
  standing.asideUntil = now + ms;
  standing.reason = reason;
  standing.isOnTrial = false;
  worker.state = 'aside';
  push({ kind: 'workerAside', worker: identity.workerId, epoch, ms, reason });
}
