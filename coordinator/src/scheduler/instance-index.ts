import type { Instance } from './instance.ts';
import { buildPrefixTrie, commonDepth, type PrefixTrie } from './prefix-trie.ts';

/**
 * An instance with what every planner and evaluator looks up, computed once. Arrays are per call.
 */
export interface InstanceIndex {
  readonly instance: Instance;
  readonly callCount: number;
  /** P: tokens of the prompt. */
  readonly promptTokens: Int32Array;
  /** ℓ: output tokens. */
  readonly out: Int32Array;
  /** u_d = ℓ(ℓ+1)/2. */
  readonly decodeUsage: Float64Array;
  /** d = M·ℓ. */
  readonly delay: Float64Array;
  readonly deps: readonly Int32Array[];
  /** Calls that depend on the call, ascending. */
  readonly successors: readonly Int32Array[];
  readonly trie: PrefixTrie;
}

export function indexInstance(instance: Instance): InstanceIndex {
  const { calls, kvCapacity } = instance;
  const trie = buildPrefixTrie(instance);
  const out = Int32Array.from(calls, (call) => call.out);
  return {
    instance,
    callCount: calls.length,
    promptTokens: trie.promptEnd.map((node) => trie.depth[node]!),
    out,
    decodeUsage: Float64Array.from(out, (tokens) => (tokens * (tokens + 1)) / 2),
    delay: Float64Array.from(out, (tokens) => kvCapacity * tokens),
    deps: calls.map((call) => call.deps),
    successors: successorsOf(instance),
    trie,
  };
}

/** S(i, j): tokens of the longest common prefix of two calls' prompts (`PROBLEM.md`, section 1). */
export function sharedTokens(index: InstanceIndex, i: number, j: number): number {
  return commonDepth(index.trie, index.trie.promptEnd[i]!, index.trie.promptEnd[j]!);
}

/** u: token usage of call j with `shared` prompt tokens reused (`PROBLEM.md`, section 3). */
export function tokenUsage(index: InstanceIndex, j: number, shared: number): number {
  return index.out[j]! * (index.promptTokens[j]! - shared) + index.decodeUsage[j]!;
}

function successorsOf({ calls }: Instance): Int32Array[] {
  const count = new Int32Array(calls.length);
  for (const { deps } of calls) for (const dep of deps) count[dep]!++;
  const lists = Array.from(count, (length) => (length === 0 ? NONE : new Int32Array(length)));
  const filled = count.fill(0);
  calls.forEach(({ deps }, number) => {
    for (const dep of deps) lists[dep]![filled[dep]!++] = number;
  });
  return lists;
}

const NONE = new Int32Array(0);
