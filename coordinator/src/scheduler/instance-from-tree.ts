import { invariant } from '@helium/shared';
import { type CallKey, pathTo, type TreeNode, type TreePaths } from '../trt/index.ts';
import type { Instance, InstanceCall } from './instance.ts';

/** A call to be planned; its prompt and its dependencies are in the tree. */
export interface PlannedCall {
  readonly key: CallKey;
  /** Output tokens expected; ≥ 1. */
  readonly out: number;
  readonly op: number;
  readonly query: number;
}

/** The workers as `PROBLEM.md` section 1 describes them. */
export interface InstanceLimits {
  readonly name: string;
  readonly workers: number;
  readonly kvCapacity: number;
  readonly maxSeqs: number;
  readonly maxBatchedTokens: number;
}

/** Calls between two interruptions. */
const PORTION = 100;

/**
 * The scheduling problem of some calls of a tree. `calls` come in topological order and keep it:
 * call i of the instance is `calls[i]`. Every static edge of the tree becomes one segment, so
 * common prefixes are exact in tokens though items are atomic. Calls of the tree that are not
 * planned have finished or are placed already: dependencies on them are met, and their outputs are
 * segments of `outputTokensOf(call)` tokens. Interrupted every `PORTION` calls, between which the tree
 * must not change; yields how many they were. Throws INVARIANT_BROKEN for an order that is not
 * topological. O(Σ nodes on the prompts' paths).
 */
export function* instanceInPortions(
  tree: TreePaths,
  calls: readonly PlannedCall[],
  limits: InstanceLimits,
  outputTokensOf: (call: CallKey) => number,
): Generator<number, Instance, void> {
  const numbers = new Map<CallKey, number>(calls.map((call, number) => [call.key, number]));
  const segments = new SegmentTable(tree, outputTokensOf);
  const planned: InstanceCall[] = [];
  for (const [number, call] of calls.entries()) {
    const path = pathTo(tree, tree.nodeOf(call.key));
    const prompt = new Int32Array(path.length);
    for (let i = 0; i < path.length; i++) prompt[i] = segments.item(path[i]!, numbers);
    planned.push({
      prompt,
      out: Math.max(1, Math.round(call.out)),
      deps: plannedDependencies(tree, calls, number, numbers),
      op: call.op,
      query: call.query,
    });
    if (planned.length % PORTION === 0) yield PORTION;
  }
  return { ...limits, segments: Int32Array.from(segments.tokens), calls: planned };
}

function plannedDependencies(
  tree: TreePaths,
  calls: readonly PlannedCall[],
  number: number,
  numbers: ReadonlyMap<CallKey, number>,
): Int32Array {
  const deps: number[] = [];
  const { key } = calls[number]!;
  for (const needed of tree.dependenciesOf(key)) {
    const dep = numbers.get(needed);
    if (dep === undefined) continue;
    invariant(dep < number, `call ${key} comes before call ${needed} it needs`);
    deps.push(dep);
  }
  return Int32Array.from(deps).sort();
}

/** Numbers the edges in the order in which they are met. */
class SegmentTable {
  readonly tokens: number[] = [];
  readonly #tree: TreePaths;
  /** Segment + 1 of each node that has one; 0 for others. */
  readonly #numbers: Int32Array;
  readonly #outputTokensOf: (call: CallKey) => number;

  constructor(tree: TreePaths, outputTokensOf: (call: CallKey) => number) {
    this.#tree = tree;
    this.#numbers = new Int32Array(tree.nodeLimit);
    this.#outputTokensOf = outputTokensOf;
  }

  item(node: TreeNode, planned: ReadonlyMap<CallKey, number>): number {
    const call = this.#tree.placeholderOf(node);
    const number = call === undefined ? undefined : planned.get(call);
    return number === undefined ? this.#segment(node, call) : ~number;
  }

  #segment(node: TreeNode, call: CallKey | undefined): number {
    const known = this.#numbers[node]!;
    if (known > 0) return known - 1;
    const tokens = call === undefined ? this.#tree.edgeLength(node) : this.#outputTokensOf(call);
    const number = this.tokens.push(Math.max(1, Math.round(tokens)));
    this.#numbers[node] = number;
    return number - 1;
  }
}
