import type { Schedule } from '../instance.ts';
import type { InstanceIndex } from '../instance-index.ts';
import { levels } from '../order.ts';
import { createPolicy } from '../policy.ts';
import { querySlices } from '../query-slices.ts';

/**
 * `opwise` of `PROBLEM.md` section 7 (paper, section 7, "OpWise"): each operator over a worker's
 * whole slice of the batch, operators by level, with a barrier after each.
 */
export const operatorWise = createPolicy(
  'operator-wise',
  'Each operator over the whole batch, then the next (PROBLEM.md, section 7).',
  operatorWiseSchedule,
);

export function operatorWiseSchedule(index: InstanceIndex): Schedule {
  const { calls, workers } = index.instance;
  const level = levels(index);
  const workerOf = querySlices(index);
  const order = calls
    .map((_, number) => number)
    .sort((a, b) => level[a]! - level[b]! || calls[a]!.op - calls[b]!.op || a - b);
  const sequences: number[][][] = Array.from({ length: workers }, () => []);
  for (const call of order) {
    const groups = sequences[workerOf[call]!]!;
    const previous = groups.at(-1)?.[0];
    const continues =
      previous !== undefined &&
      calls[previous]!.op === calls[call]!.op &&
      level[previous] === level[call];
    if (continues) groups.at(-1)!.push(call);
    else groups.push([call]);
  }
  return {
    workers: sequences,
    execution: { dispatch: 'adjust', barrier: true, maxInflight: Number.MAX_SAFE_INTEGER },
  };
}
