import type { Instance, PinnedCall, Schedule } from './instance.ts';
import { infeasible } from './sequences.ts';

/**
 * Throws SCHEDULE_INFEASIBLE for a pin of no call or to no worker, a call pinned twice, and a
 * pinned call that comes before one it depends on: it could not have been sent.
 */
export function checkPins(instance: Instance, pinned: readonly PinnedCall[]): void {
  const sent = new Set<number>();
  for (const { call, worker } of pinned) {
    const { deps } = instance.calls[call] ?? {};
    if (!deps) throw infeasible(`no such call: ${call} is pinned to worker ${worker}`);
    if (!(worker >= 0 && worker < instance.workers)) {
      throw infeasible(`call ${call} is pinned to worker ${worker} of ${instance.workers}`);
    }
    if (sent.has(call)) throw infeasible(`call ${call} is pinned twice`);
    const missing = deps.find((dep) => !sent.has(dep));
    if (missing !== undefined) {
      throw infeasible(`call ${call} is pinned before call ${missing}, which it needs`);
    }
    sent.add(call);
  }
}

/**
 * Moves pinned calls to the front of their workers' sequences, in the order given, and leaves the
 * rest as planned.
 */
export function pinCalls(
  instance: Instance,
  schedule: Schedule,
  pinned: readonly PinnedCall[],
): Schedule {
  if (pinned.length === 0) return schedule;
  const calls = new Set(pinned.map((pin) => pin.call));
  const pins = Map.groupBy(pinned, ({ worker }) => worker);
  const workers = Array.from({ length: instance.workers }, (_, worker) => [
    ...(pins.get(worker) ?? []).map((pin) => pin.call),
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
