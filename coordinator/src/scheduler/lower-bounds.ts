import { type InstanceIndex, tokenUsage } from './instance-index.ts';

/** What no schedule can beat, in token steps (`PROBLEM.md`, section 3, "bounds"). */
export interface LowerBounds {
  /** Longest path with least usages on the calls and delays on the edges. */
  readonly criticalPath: number;
  /** Least usages of all calls over the workers, rounded up. */
  readonly load: number;
  readonly greatest: number;
}

/** O(Σ prompt items + dependencies). The assignment bound of `PROBLEM.md` is not computed. */
export function lowerBounds(index: InstanceIndex): LowerBounds {
  const usage = leastUsages(index);
  const end = new Float64Array(index.callCount);
  let criticalPath = 0;
  for (let call = 0; call < index.callCount; call++) {
    let begin = 0;
    for (const dep of index.deps[call]!) {
      begin = Math.max(begin, end[dep]! + index.delay[dep]!);
    }
    end[call] = begin + usage[call]!;
    criticalPath = Math.max(criticalPath, end[call]!);
  }
  const load = Math.ceil(usage.reduce((sum, tokens) => sum + tokens, 0) / index.instance.workers);
  return { criticalPath, load, greatest: Math.max(criticalPath, load) };
}

/** u_min: every call reuses the largest prefix it shares with any other call. */
function leastUsages(index: InstanceIndex): Float64Array {
  const { parent, depth, callsBelow, promptEnd } = index.trie;
  return Float64Array.from(promptEnd, (end, call) => {
    let node = end;
    while (node > 0 && callsBelow[node]! < 2) node = parent[node]!;
    return tokenUsage(index, call, depth[node]!);
  });
}
