import type { CallResult } from '@helium/shared';
import type { AttachedWorker } from '../../cluster/index.ts';
import type { CallDesk } from './call-desk.ts';
import { usedWork } from './call-work.ts';
import type { FairShares } from './fair-shares.ts';
import type { Flights } from './flights.ts';
import type { ReadyCalls } from './ready-calls.ts';
import { baseFlow, type RunUrgency } from './run-urgency.ts';
import type { ScheduleDesk } from './schedule-desk.ts';
import type { WorkerSpeeds } from './worker-speeds.ts';
import { noteAnswer, noteFailure, type StandingParts } from './worker-standing.ts';

export interface ResultParts {
  readonly flights: Flights;
  readonly speeds: WorkerSpeeds;
  readonly shares: FairShares;
  readonly urgency: RunUrgency;
  readonly ready: ReadyCalls;
  readonly calls: CallDesk;
  readonly plans: ScheduleDesk;
}

/** A worker's result: what it teaches of the worker, what it cost its tenant, and to the call. */
export function takeResult(
  { flights, speeds, shares, urgency, ready, calls, plans }: ResultParts,
  attached: AttachedWorker,
  result: CallResult,
  at: number,
  standing: StandingParts,
): void {
  const { identity } = attached;
  const flight = flights.find(identity.workerId, result.id)?.flight;
  const companyMs = flights.companyMs(identity.workerId, at);
  const call = flights.land(identity.workerId, result.id);
  // Refused before it left: the worker, which gives credits back, never saw it.
  if (result.error?.code === 'MESSAGE_TOO_LARGE') attached.credits += 1;
  const isDone = result.finish === 'stop' || result.finish === 'length';
  if (isDone) {
    if (noteAnswer(attached, standing)) plans.changed();
    attached.finishedCalls += 1;
    attached.promptTokens += result.usage.promptTokens;
    attached.reusedTokens += result.usage.reusedTokens;
    const life = at - (flight?.at ?? at);
    const batch = life > 0 ? (companyMs - (flight?.companyMs ?? 0)) / life : 1;
    speeds.observe(identity, result.usage, batch, at);
    if (flight?.place !== undefined) plans.observeLength(flight.place, result.usage.outputTokens);
  }
  const leader = call?.owners[0]?.run;
  if (call === undefined || flight === undefined || leader === undefined) return;
  const isAskedBack = result.finish === 'cancelled' && flight.recalledFor !== undefined;
  if (!isDone && !isAskedBack && noteFailure(attached, call, result, standing)) plans.changed();
  const used = isDone ? usedWork(result.usage, identity) : 0;
  shares.charge(baseFlow(leader), used - flight.work);
  calls.takeResult(call, identity.workerId, result, flight.recalledFor);
  if (urgency.served(leader, at)) ready.rebuild();
}
