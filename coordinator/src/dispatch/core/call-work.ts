import type { CallUsage, WorkerId, WorkerIdentity } from '@helium/shared';
import type { ResidencyIndex } from '../../cluster/index.ts';
import type { Place } from './core-event.ts';
import { decodeWeight } from './engine-timing.ts';
import type { Flights } from './flights.ts';
import type { LiveCall } from './live-call.ts';
import type { LiveSchedule } from './live-schedule.ts';
import type { WorkerSpeeds } from './worker-speeds.ts';

/** Share of a call's limit that an output takes of which nothing is known. */
const UNKNOWN_SHARE = 0.5;
const CHARACTERS_PER_TOKEN = 4;

/** Tokens at the start of the place's prompt that are resident on the worker, as far as is known. */
export function residentTokens(
  residency: ResidencyIndex,
  worker: WorkerId,
  { prefixes }: Place,
  blockTokens: number,
): number {
  return residency.residentBlocks(worker, prefixes.at(-1)?.hashes ?? []) * blockTokens;
}

/** Token time that a call is expected to take on a worker. */
export function callWork(
  { operator, characters }: LiveCall,
  place: Place | undefined,
  identity: WorkerIdentity,
  residency: ResidencyIndex,
): number {
  if (place === undefined) {
    const outputTokens = operator.maxTokens * UNKNOWN_SHARE;
    return characters / CHARACTERS_PER_TOKEN + decodeWeight(identity) * outputTokens;
  }
  const { workerId, blockTokens } = identity;
  const resident = residentTokens(residency, workerId, place, blockTokens);
  const prefill = Math.max(0, place.promptTokens - resident);
  return prefill + decodeWeight(identity) * place.outputTokens;
}

export interface WorkParts {
  readonly flights: Flights;
  readonly schedule: LiveSchedule;
  readonly speeds: WorkerSpeeds;
}

/** Token time until a worker is through with what it has and has places for, at its speed. */
export function expectedWork(
  { flights, schedule, speeds }: WorkParts,
  identity: WorkerIdentity,
): number {
  const { workerId } = identity;
  const { freshTokens, outputTokens } = schedule.openTokens(workerId);
  const placed = freshTokens + decodeWeight(identity) * outputTokens;
  return (flights.work(workerId) + placed) * speeds.slowness(workerId);
}

/** A worker that has some work of its own takes others' only where they have so much more to do. */
const UNEVEN_FACTOR = 1.15;

/**
 * Whether the worker may take over calls of another: it has nothing to do, or so much less that a pause
 * in its own work is not all there is to it.
 */
export function mayTakeOver(
  parts: WorkParts,
  thief: WorkerIdentity,
  victim: WorkerIdentity | undefined,
): boolean {
  if (victim === undefined || parts.flights.count(thief.workerId) === 0) return true;
  return expectedWork(parts, thief) * UNEVEN_FACTOR < expectedWork(parts, victim);
}

/** Token time that it took. */
export function usedWork(usage: CallUsage, identity: WorkerIdentity): number {
  return usage.prefilledTokens + decodeWeight(identity) * usage.outputTokens;
}
