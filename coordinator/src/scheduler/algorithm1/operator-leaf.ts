import { type InstanceIndex, sharedTokens, tokenUsage } from '../instance-index.ts';
import { levels } from '../order.ts';
import { dependencyDepths } from '../upward-rank.ts';

/**
 * One operator for one worker's share of the batch: a leaf of the operator-level tree. Calls of one
 * operator that lie at different levels of the dependency graph are different leaves, so that
 * leaves never depend on each other in a circle.
 */
export interface OperatorLeaf {
  readonly number: number;
  readonly worker: number;
  /** Ascending by query. */
  readonly calls: readonly number[];
  /** Leaves that must be emitted first, ascending. */
  readonly deps: readonly number[];
  /** Longest chain of dependants behind its calls: the critical-path heuristic of the paper. */
  readonly depth: number;
  /** The template: one column per prompt item, equal for leaves that share it. */
  readonly columns: readonly TemplateColumn[];
  /** Token steps between its completion and its dependants' start: M times its mean output. */
  readonly delay: number;
}

/** An item of an operator's prompt over the queries of its share. */
export interface TemplateColumn {
  readonly key: string;
  /** True when the item differs from query to query or is another call's output. */
  readonly isPlaceholder: boolean;
}

/** Groups the calls of each worker into operators; leaves are in topological order. */
export function operatorLeaves(index: InstanceIndex, workerOf: Int32Array): OperatorLeaf[] {
  const { calls, kvCapacity } = index.instance;
  const level = levels(index);
  const depths = dependencyDepths(index);
  const leafOf = new Int32Array(calls.length);
  const groups = groupCalls(index, workerOf, level);
  groups.forEach((group, number) => {
    for (const call of group) leafOf[call] = number;
  });
  return groups.map((group, number) => ({
    number,
    worker: workerOf[group[0]!]!,
    calls: group,
    deps: leavesOf(group, index.deps, leafOf),
    depth: group.reduce((deepest, call) => Math.max(deepest, depths[call]!), 0),
    columns: templateColumns(index, group),
    delay: (kvCapacity * group.reduce((sum, call) => sum + index.out[call]!, 0)) / group.length,
  }));
}

/** Token steps of a leaf right after another on the same worker, its calls sharing as theirs do. */
export function leafUsage(
  index: InstanceIndex,
  leaf: OperatorLeaf,
  previous: OperatorLeaf | undefined,
): number {
  const first = leaf.calls[0]!;
  const before = previous?.calls[0];
  const shared = before === undefined ? 0 : sharedTokens(index, before, first);
  return leaf.calls.reduce(
    (sum, call) => sum + tokenUsage(index, call, Math.min(shared, index.promptTokens[call]!)),
    0,
  );
}

function groupCalls(index: InstanceIndex, workerOf: Int32Array, level: Int32Array): number[][] {
  const { calls } = index.instance;
  const order = calls
    .map((_, number) => number)
    .sort(
      (a, b) =>
        level[a]! - level[b]! ||
        calls[a]!.op - calls[b]!.op ||
        workerOf[a]! - workerOf[b]! ||
        calls[a]!.query - calls[b]!.query ||
        a - b,
    );
  const groups: number[][] = [];
  for (const call of order) {
    const group = groups.at(-1);
    const first = group?.[0];
    const belongs =
      first !== undefined &&
      level[first] === level[call] &&
      calls[first]!.op === calls[call]!.op &&
      workerOf[first] === workerOf[call];
    if (belongs) group!.push(call);
    else groups.push([call]);
  }
  return groups;
}

/** Columns up to the shortest prompt: behind it the calls do not share a template. */
function templateColumns(index: InstanceIndex, group: readonly number[]): TemplateColumn[] {
  const prompts = group.map((call) => index.instance.calls[call]!.prompt);
  const width = prompts.reduce((least, prompt) => Math.min(least, prompt.length), Infinity);
  return Array.from({ length: width }, (_, column) => {
    const first = prompts[0]![column]!;
    if (first >= 0 && prompts.every((prompt) => prompt[column] === first)) {
      return { key: `s${first}`, isPlaceholder: false };
    }
    let bound = '';
    for (let i = 0; i < group.length; i++) {
      bound += `${index.instance.calls[group[i]!]!.query}:${prompts[i]![column]!},`;
    }
    return { key: bound, isPlaceholder: true };
  });
}

/** The leaves of what the calls depend on, ascending. */
function leavesOf(
  calls: readonly number[],
  deps: readonly Int32Array[],
  leafOf: Int32Array,
): number[] {
  const leaves = new Set<number>();
  for (const call of calls) for (const dep of deps[call]!) leaves.add(leafOf[dep]!);
  return [...leaves].sort((a, b) => a - b);
}
