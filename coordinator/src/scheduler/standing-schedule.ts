import { evaluateTokenSteps } from './cost-model.ts';
import type { Instance, PinnedCall, Schedule, StandingSchedule } from './instance.ts';
import type { InstanceIndex } from './instance-index.ts';
import { dependenciesFirst, distribute } from './order.ts';
import { flattenSchedule, infeasible } from './sequences.ts';

/** Throws SCHEDULE_INFEASIBLE for a call or worker that is not there, and a call with two places. */
export function checkStanding(instance: Instance, { workers, bound }: StandingSchedule): void {
  const seen = new Set<number>();
  const check = (call: number, worker: number) => {
    if (instance.calls[call] === undefined) throw infeasible(`no such call: ${call} stands`);
    if (worker >= 0 && worker < instance.workers) return;
    throw infeasible(`call ${call} stands on worker ${worker} of ${instance.workers}`);
  };
  workers.forEach((calls, worker) => {
    for (const call of calls) {
      check(call, worker);
      if (seen.has(call)) throw infeasible(`call ${call} stands twice`);
      seen.add(call);
    }
  });
  for (const { call, worker } of bound) check(call, worker);
}

/**
 * The standing schedule as one of all calls that can be judged: each worker's calls in its order, except
 * that what a call depends on comes before it on all of them (workers skip blocked calls, evaluators do
 * not). Calls without a place follow what they depend on.
 */
export function completeSchedule(
  index: InstanceIndex,
  standing: StandingSchedule,
  pinned: readonly PinnedCall[],
): Schedule {
  const { workers } = index.instance;
  const workerOf = new Int32Array(index.callCount).fill(-1);
  const turn = new Float64Array(index.callCount).fill(1);
  standing.workers.forEach((calls, worker) => {
    calls.forEach((call, place) => {
      workerOf[call] = worker;
      turn[call] = (place + 1) / calls.length;
    });
  });
  for (const { call, worker } of pinned) {
    workerOf[call] = worker;
    turn[call] = 0;
  }
  for (let call = 0; call < index.callCount; call++) {
    if (workerOf[call]! >= 0) continue;
    const dep = index.deps[call]!.at(-1);
    workerOf[call] = dep === undefined ? call % workers : workerOf[dep]!;
  }
  const order = Array.from(turn.keys()).sort((a, b) => turn[a]! - turn[b]! || a - b);
  return { workers: distribute(dependenciesFirst(index, order), workerOf, workers) };
}

/** The schedule with the bound calls on their workers, every call when its turn would have come. */
export function bindCalls(
  index: InstanceIndex,
  schedule: Schedule,
  bound: readonly PinnedCall[],
): Schedule {
  if (bound.length === 0) return schedule;
  const { completion } = evaluateTokenSteps(index, schedule);
  const workerOf = new Int32Array(index.callCount);
  flattenSchedule(index.instance, schedule).calls.forEach((calls, worker) => {
    for (const call of calls) workerOf[call] = worker;
  });
  for (const { call, worker } of bound) workerOf[call] = worker;
  const order = Array.from(completion.keys());
  order.sort((a, b) => completion[a]! - completion[b]! || a - b);
  return { workers: distribute(order, workerOf, index.instance.workers) };
}
