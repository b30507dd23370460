import type { Instance, Schedule } from './instance.ts';
import { infeasible } from './sequences.ts';

/** A call that is on a worker already, running or queued there. */
export interface PinnedCall {
  readonly call: number;
  readonly worker: number;
}

/**
 * Moves pinned calls to the front of their workers' sequences, in the order given, and leaves the rest
 * as planned. Throws SCHEDULE_INFEASIBLE for a pin on no worker, a call pinned twice, and a pinned
 * call that depends on one that is not pinned: it could not have been sent.
 */
export function pinCalls(
  instance: Instance,
  schedule: Schedule,
  pinned: readonly PinnedCall[],
): Schedule {
  if (pinned.length === 0) return schedule;
  const calls = new Set(pinned.map((pin) => pin.call));
  if (calls.size < pinned.length) throw infeasible('a call is pinned twice');
  const fronts: number[][] = Array.from({ length: instance.workers }, () => []);
  for (const { call, worker } of pinned) {
    const front = fronts[worker];
    if (!front) throw infeasible(`call ${call} is pinned to worker ${worker}, which is not there`);
    const missing = instance.calls[call]?.deps.find((dep) => !calls.has(dep));
    if (missing !== undefined) {
      throw infeasible(`call ${call} is pinned but call ${missing}, which it needs, is not`);
    }
    front.push(call);
  }
  const workers = fronts.map((front, worker) => [
    ...front,
    ...(schedule.workers[worker] ?? []).flatMap((entry) => withoutCalls(entry, calls)),
  ]);
  return { ...schedule, workers };
}

function withoutCalls(
  entry: number | readonly number[],
  calls: ReadonlySet<number>,
): (number | readonly number[])[] {
  if (typeof entry === 'number') return calls.has(entry) ? [] : [entry];
  const rest = entry.filter((call) => !calls.has(call));
  return rest.length > 0 ? [rest] : [];
}
