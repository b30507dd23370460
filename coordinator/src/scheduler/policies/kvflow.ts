import type { Schedule } from '../instance.ts';
import type { InstanceIndex } from '../instance-index.ts';
import { distribute, levels } from '../order.ts';
import { createPolicy } from '../policy.ts';

/**
 * KVFlow (arXiv 2507.07400) as far as it is an order: its agent step graph gives every call its steps to
 * execution, the longest chain before it (section 3.1), and calls go out step by step, rows as they came,
 * as the orchestration above it submits them, each to the worker with the shortest queue of that step
 * (`PROBLEM.md` leaves no other balancing). Its eviction by steps to execution (section 3.2) follows where
 * Helium's workers run it: they evict the static prefix whose next use lies farthest in their order, which
 * goes by steps, of equal steps the later row's first. Prefetching from host memory (3.3) is not here.
 */
export const kvflow = createPolicy(
  'kvflow',
  'Step by step of the agent step graph, shortest queue (KVFlow, arXiv 2507.07400, 3.1).',
  kvflowSchedule,
);

/** Its order and places. */
export function kvflowSchedule(index: InstanceIndex): Schedule {
  const { calls, workers } = index.instance;
  const steps = levels(index);
  const order = Array.from(calls.keys()).sort(
    (a, b) => steps[a]! - steps[b]! || calls[a]!.query - calls[b]!.query || a - b,
  );
  const workerOf = new Int32Array(calls.length);
  let step = -1;
  let sent = 0;
  for (const call of order) {
    if (steps[call] !== step) {
      step = steps[call]!;
      sent = 0;
    }
    workerOf[call] = sent++ % workers;
  }
  return { workers: distribute(order, workerOf, workers) };
}
