import type { PrefixTrie } from './prefix-trie.ts';

/** Calls in depth-first order of the trie, those below a node neighbours; per node its interval. O(nodes). */
export function prefixOrder(trie: PrefixTrie) {
  const { parent, callsBelow, promptEnd, nodeCount } = trie;
  const from = new Int32Array(nodeCount);
  const to = new Int32Array(nodeCount);
  const used = new Int32Array(nodeCount);
  const own = new Int32Array(nodeCount);
  for (const end of promptEnd) own[end]!++;
  to[0] = callsBelow[0]!;
  used[0] = own[0]!;
  for (let node = 1; node < nodeCount; node++) {
    const up = parent[node]!;
    from[node] = from[up]! + used[up]!;
    used[up]! += callsBelow[node]!;
    to[node] = from[node]! + callsBelow[node]!;
    used[node] = own[node]!;
  }
  const order = new Int32Array(promptEnd.length);
  const placed = new Int32Array(nodeCount);
  promptEnd.forEach((end, call) => {
    order[from[end]! + placed[end]!++] = call;
  });
  return { order, from, to };
}
