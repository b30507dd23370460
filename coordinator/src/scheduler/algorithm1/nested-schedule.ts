import type { Schedule } from '../instance.ts';
import type { InstanceIndex } from '../instance-index.ts';
import { dependenciesFirst } from '../order.ts';
import { cacheAwareOrder } from './cache-aware-order.ts';
import type { OperatorGroup } from './group-buffer.ts';

/**
 * The paper's nested sequences for placed calls: groups one after the other, inside a group query
 * by query, each query's operators in group order (`PROBLEM.md`, section 6, choice 8).
 */
export function nestedSchedule(index: InstanceIndex, workerOf: Int32Array): Schedule {
  const workers: number[][][] = Array.from({ length: index.instance.workers }, () => []);
  for (const group of cacheAwareOrder(index, workerOf)) {
    workers[group.worker]!.push(queryByQuery(index, group));
  }
  return { workers };
}

function queryByQuery(index: InstanceIndex, group: OperatorGroup): number[] {
  const { calls } = index.instance;
  const placed = group.leaves.flatMap((leaf, place) => leaf.calls.map((call) => ({ call, place })));
  placed.sort(
    (a, b) => calls[a.call]!.query - calls[b.call]!.query || a.place - b.place || a.call - b.call,
  );
  return dependenciesFirst(
    index,
    placed.map(({ call }) => call),
  );
}
