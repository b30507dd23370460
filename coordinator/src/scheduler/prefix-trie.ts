import type { Instance } from './instance.ts';

/**
 * All prompts of an instance as a trie of atomic items, in flat arrays. Node 0 is the root; parents
 * come before children. For every call there is also the node of its own output after its prompt:
 * what a continued conversation would hit.
 */
export interface PrefixTrie {
  readonly nodeCount: number;
  readonly parent: Int32Array;
  /** Tokens of the item on the edge to the node. */
  readonly tokens: Int32Array;
  /** Tokens from the root to the node. */
  readonly depth: Int32Array;
  /** Items from the root to the node. */
  readonly level: Int32Array;
  /** Calls whose prompt ends at the node or below it. */
  readonly callsBelow: Int32Array;
  /** Per call: the nodes of its prompt from below the root on. */
  readonly paths: readonly Int32Array[];
  /** Per call: where its prompt ends. */
  readonly promptEnd: Int32Array;
  /** Per call: the node of its output behind its prompt. */
  readonly outputEnd: Int32Array;
}

/** O(Σ items of the prompts). */
export function buildPrefixTrie(instance: Instance): PrefixTrie {
  const { calls, segments } = instance;
  const builder = new TrieBuilder(calls.length + segments.length + 1, segments.length);
  const promptEnd = new Int32Array(calls.length);
  const outputEnd = new Int32Array(calls.length);
  const paths = calls.map((call, number) => {
    let node = 0;
    const path = call.prompt.map((item) => {
      node = builder.child(node, item, item >= 0 ? segments[item]! : calls[~item]!.out);
      return node;
    });
    promptEnd[number] = node;
    return path;
  });
  calls.forEach((call, number) => {
    outputEnd[number] = builder.child(promptEnd[number]!, ~number, call.out);
  });
  const arrays = builder.arrays();
  const callsBelow = countCalls(arrays.parent, promptEnd);
  return { ...arrays, callsBelow, paths, promptEnd, outputEnd };
}

/** Tokens of the longest common prefix of two nodes. O(items). */
export function commonDepth(trie: PrefixTrie, a: number, b: number): number {
  const { parent, level, depth } = trie;
  let left = a;
  let right = b;
  while (level[left]! > level[right]!) left = parent[left]!;
  while (level[right]! > level[left]!) right = parent[right]!;
  while (left !== right) {
    left = parent[left]!;
    right = parent[right]!;
  }
  return depth[left]!;
}

function countCalls(parent: Int32Array, promptEnd: Int32Array): Int32Array {
  const count = new Int32Array(parent.length);
  for (const node of promptEnd) count[node]!++;
  for (let node = parent.length - 1; node > 0; node--) count[parent[node]!]! += count[node]!;
  return count;
}

class TrieBuilder {
  readonly #children = new Map<number, number>();
  readonly #items: number;
  readonly #outputs: number;
  readonly #parent: number[] = [-1];
  readonly #tokens: number[] = [0];
  readonly #depth: number[] = [0];
  readonly #level: number[] = [0];

  constructor(items: number, outputs: number) {
    this.#items = items + 1;
    this.#outputs = outputs;
  }

  child(node: number, item: number, tokens: number): number {
    const key = node * this.#items + (item >= 0 ? item : this.#outputs + ~item);
    const known = this.#children.get(key);
    if (known !== undefined) return known;
    const added = this.#parent.push(node) - 1;
    this.#children.set(key, added);
    this.#tokens.push(tokens);
    this.#depth.push(this.#depth[node]! + tokens);
    this.#level.push(this.#level[node]! + 1);
    return added;
  }

  arrays() {
    return {
      nodeCount: this.#parent.length,
      parent: Int32Array.from(this.#parent),
      tokens: Int32Array.from(this.#tokens),
      depth: Int32Array.from(this.#depth),
      level: Int32Array.from(this.#level),
    };
  }
}
