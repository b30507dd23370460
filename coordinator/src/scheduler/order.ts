import type { InstanceIndex } from './instance-index.ts';

/**
 * The calls in the order wanted, except that what a call depends on comes before it. Sequences cut
 * from one such order never wait for each other in a circle. Dependencies outside `wanted` are
 * taken for met. `placed`, of ones, is left as it was: for whoever asks often.
 */
export function dependenciesFirst(
  index: InstanceIndex,
  wanted: readonly number[],
  placed = new Uint8Array(index.callCount).fill(1),
): number[] {
  const order: number[] = [];
  for (const call of wanted) placed[call] = 0;
  const stack: number[] = [];
  for (const call of wanted) {
    if (placed[call] === 1) continue;
    if (arePlaced(index.deps[call]!, placed)) {
      placed[call] = 1;
      order.push(call);
      continue;
    }
    stack.push(call);
    while (stack.length > 0) {
      const next = stack.at(-1)!;
      const missing = placed[next] ? [] : index.deps[next]!.filter((dep) => placed[dep] === 0);
      if (missing.length > 0) {
        for (const dep of missing.reverse()) stack.push(dep);
        continue;
      }
      stack.pop();
      if (placed[next]) continue;
      placed[next] = 1;
      order.push(next);
    }
  }
  return order;
}

function arePlaced(calls: Int32Array, placed: Uint8Array): boolean {
  for (let i = 0; i < calls.length; i++) if (placed[calls[i]!] === 0) return false;
  return true;
}

/** Cuts one order into the workers' sequences. */
export function distribute(
  order: readonly number[],
  workerOf: Int32Array,
  workers: number,
): number[][] {
  const sequences: number[][] = Array.from({ length: workers }, () => []);
  for (const call of order) sequences[workerOf[call]!]!.push(call);
  return sequences;
}

/** Per call the first of the calls that wait for it or for which it waits, however indirectly. */
export function dependencyChains(index: InstanceIndex): Int32Array {
  const first = Int32Array.from({ length: index.callCount }, (_, call) => call);
  const find = (call: number): number => {
    let root = call;
    while (first[root] !== root) {
      first[root] = first[first[root]!]!;
      root = first[root]!;
    }
    return root;
  };
  for (let call = 0; call < index.callCount; call++) {
    for (const dep of index.deps[call]!) {
      const [a, b] = [find(call), find(dep)];
      first[Math.max(a, b)] = Math.min(a, b);
    }
  }
  return first.map((_, call) => find(call));
}

/**
 * Per call the number of calls on the longest chain before it; 0 for one that depends on nothing.
 */
export function levels(index: InstanceIndex): Int32Array {
  const level = new Int32Array(index.callCount);
  for (let call = 0; call < index.callCount; call++) {
    for (const dep of index.deps[call]!) level[call] = Math.max(level[call]!, level[dep]! + 1);
  }
  return level;
}
