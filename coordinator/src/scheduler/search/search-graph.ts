import type { InstanceIndex } from '../instance-index.ts';
import { prefixOrder } from '../prefix-order.ts';
import type { PrefixTrie } from '../prefix-trie.ts';

/** Lists of numbers, one per call, in one flat array: those of call i are `start[i]` to `start[i + 1]`. */
export interface FlatLists {
  readonly start: Int32Array;
  readonly items: Int32Array;
}

/** An instance as the search reads it: flat arrays, and common prefixes in a few comparisons. */
export interface SearchGraph {
  readonly callCount: number;
  readonly workers: number;
  readonly out: Int32Array;
  /** Usage with nothing reused. Token steps. */
  readonly fullUsage: Float64Array;
  readonly delay: Float64Array;
  readonly deps: FlatLists;
  readonly successors: FlatLists;
  /** Per call the nodes of the prefix trie at which it can part from another call, shortest first. */
  readonly partings: FlatLists;
  /** Aligned with `partings.items`: tokens from the root to the node. */
  readonly partingDepth: Int32Array;
  /** Calls in the order of the trie: those below a node are neighbours. */
  readonly byPrefix: Int32Array;
  /** Aligned with `partings.items`: where the calls below the node begin and end in `byPrefix`. */
  readonly partingFrom: Int32Array;
  readonly partingTo: Int32Array;
}

/** O(Σ prompt items + dependencies). */
export function searchGraph(index: InstanceIndex): SearchGraph {
  const { callCount, promptTokens, decodeUsage, out, trie } = index;
  const partings = partingNodes(trie);
  const { order, from, to } = prefixOrder(trie);
  const nodes = partings.items;
  return {
    callCount,
    workers: index.instance.workers,
    out,
    fullUsage: Float64Array.from(out, (ℓ, call) => ℓ * promptTokens[call]! + decodeUsage[call]!),
    delay: index.delay,
    deps: flatten(index.deps),
    successors: flatten(index.successors),
    partings,
    partingDepth: nodes.map((node) => trie.depth[node]!),
    byPrefix: order,
    partingFrom: nodes.map((node) => from[node]!),
    partingTo: nodes.map((node) => to[node]!),
  };
}

/** S(i, j) in O(partings); 0 where there is no call before (`i` < 0). */
export function sharedPrefix(graph: SearchGraph, i: number, j: number): number {
  if (i < 0) return 0;
  const { start, items } = graph.partings;
  let a = start[i]!;
  let b = start[j]!;
  const aEnd = start[i + 1]!;
  const bEnd = start[j + 1]!;
  while (a < aEnd && b < bEnd && items[a] === items[b]) {
    a++;
    b++;
  }
  return b > start[j]! ? graph.partingDepth[b - 1]! : 0;
}

/** u(j) right after call i on the same worker. */
export function usageAfter(graph: SearchGraph, i: number, j: number): number {
  return graph.fullUsage[j]! - graph.out[j]! * sharedPrefix(graph, i, j);
}

function flatten(lists: readonly Int32Array[]): FlatLists {
  const start = new Int32Array(lists.length + 1);
  for (let i = 0; i < lists.length; i++) start[i + 1] = start[i]! + lists[i]!.length;
  const items = new Int32Array(start[lists.length]!);
  for (let i = 0; i < lists.length; i++) items.set(lists[i]!, start[i]!);
  return { start, items };
}

/** A node parts calls when prompts end at it or go on from it in two ways or more. */
function partingNodes(trie: PrefixTrie): FlatLists {
  const { parent, callsBelow, promptEnd } = trie;
  const ways = new Int32Array(trie.nodeCount);
  for (const end of promptEnd) ways[end]!++;
  for (let node = 1; node < trie.nodeCount; node++) {
    if (callsBelow[node]! > 0) ways[parent[node]!]!++;
  }
  const lists = Array.from(promptEnd, (end) => {
    const nodes: number[] = [];
    for (let node = end; node > 0; node = parent[node]!) if (ways[node]! > 1) nodes.push(node);
    return Int32Array.from(nodes.reverse());
  });
  return flatten(lists);
}
