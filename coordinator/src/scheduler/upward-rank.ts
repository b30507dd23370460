import { type InstanceIndex, tokenUsage } from './instance-index.ts';

/**
 * Per call the longest path to the end of the batch: its usage with nothing reused and, where
 * others depend on it, its delay and the largest rank among them (`PROBLEM.md`, section 7,
 * `critical_path`). Token steps.
 */
export function upwardRanks(index: InstanceIndex): Float64Array {
  const ranks = new Float64Array(index.callCount);
  for (let call = index.callCount - 1; call >= 0; call--) {
    const successors = index.successors[call]!;
    let longest = 0;
    for (const next of successors) longest = Math.max(longest, ranks[next]!);
    const delay = successors.length > 0 ? index.delay[call]! : 0;
    ranks[call] = tokenUsage(index, call, 0) + delay + longest;
  }
  return ranks;
}

/** Per call the number of calls on the longest chain of dependants behind it; 0 for a last call. */
export function dependencyDepths(index: InstanceIndex): Int32Array {
  const depths = new Int32Array(index.callCount);
  for (let call = index.callCount - 1; call >= 0; call--) {
    for (const dep of index.deps[call]!) {
      depths[dep] = Math.max(depths[dep]!, depths[call]! + 1);
    }
  }
  return depths;
}
