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
  const builder = new TrieBuilder(2 * calls.length + segments.length);
  const promptEnd = new Int32Array(calls.length);
  const outputEnd = new Int32Array(calls.length);
  const paths: Int32Array[] = [];
  let before: { readonly prompt: Int32Array; readonly path: Int32Array } | undefined;
  calls.forEach(({ prompt }, number) => {
    const path = new Int32Array(prompt.length);
    let node = 0;
    let place = 0;
    // Neighbours often begin alike, and what was found for one need not be looked up for the next.
    for (; before && place < prompt.length && prompt[place] === before.prompt[place]; place++) {
      node = before.path[place]!;
      path[place] = node;
    }
    for (; place < prompt.length; place++) {
      const item = prompt[place]!;
      const child = builder.child(node, item, item >= 0 ? segments[item]! : calls[~item]!.out);
      if (item < 0 && node === promptEnd[~item]) outputEnd[~item] = child;
      node = child;
      path[place] = node;
    }
    promptEnd[number] = node;
    paths.push(path);
    before = { prompt, path };
  });
  calls.forEach(({ out }, number) => {
    // Where no prompt goes on from the answer, its node is new.
    if (outputEnd[number] === 0) outputEnd[number] = builder.add(promptEnd[number]!, ~number, out);
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

/** Per node, by its number; they grow together. */
interface Columns {
  readonly parent: Int32Array;
  readonly item: Int32Array;
  readonly tokens: Int32Array;
  readonly depth: Int32Array;
  readonly level: Int32Array;
}

class TrieBuilder {
  #columns: Columns;
  #count = 1;
  /**
   * Open addressing by parent and item: node numbers, 0 for none. At most half full. The table of the radix tree
   * (`trt/hash-index.ts`), which is there to be small and to forget, would do here and in `NodeSlots`: with it a
   * trie of 20,000 calls took up to twice as long, numbering a worker's nodes 2 to 4 times.
   */
  #slots: Int32Array;

  /** `expected`: how many nodes there may well be. */
  constructor(expected: number) {
    const size = 2 ** Math.ceil(Math.log2(expected + 2));
    const column = () => new Int32Array(size);
    this.#columns = {
      parent: column().fill(-1, 0, 1),
      item: column(),
      tokens: column(),
      depth: column(),
      level: column(),
    };
    this.#slots = new Int32Array(2 * size);
  }

  /** The node of the item below `node`; a new one where there is none. */
  child(node: number, item: number, tokens: number): number {
    this.#reserve();
    const { parent, item: items } = this.#columns;
    let slot = this.#slotOf(node, item);
    for (let known = this.#slots[slot]!; known > 0; known = this.#slots[slot]!) {
      if (parent[known] === node && items[known] === item) return known;
      slot = this.#after(slot);
    }
    this.#slots[slot] = this.#count;
    return this.#append(node, item, tokens);
  }

  /** A node that is known to be new; `child` need not find it. */
  add(node: number, item: number, tokens: number): number {
    this.#reserve();
    return this.#append(node, item, tokens);
  }

  #append(node: number, item: number, tokens: number): number {
    const added = this.#count++;
    const columns = this.#columns;
    columns.parent[added] = node;
    columns.item[added] = item;
    columns.tokens[added] = tokens;
    columns.depth[added] = columns.depth[node]! + tokens;
    columns.level[added] = columns.level[node]! + 1;
    return added;
  }

  /** There is room for one more node. */
  #reserve(): void {
    const size = this.#columns.parent.length;
    if (this.#count < size) return;
    const grown = (column: Int32Array) => {
      const larger = new Int32Array(2 * size);
      larger.set(column);
      return larger;
    };
    const { parent, item, tokens, depth, level } = this.#columns;
    this.#columns = {
      parent: grown(parent),
      item: grown(item),
      tokens: grown(tokens),
      depth: grown(depth),
      level: grown(level),
    };
    this.#slots = new Int32Array(4 * size);
    for (let node = 1; node < size; node++) {
      let slot = this.#slotOf(parent[node]!, item[node]!);
      while (this.#slots[slot]! > 0) slot = this.#after(slot);
      this.#slots[slot] = node;
    }
  }

  #slotOf(node: number, item: number): number {
    const mixed = Math.imul(node, 0x9e3779b1) ^ Math.imul(item, 0x85ebca6b);
    return (mixed ^ (mixed >>> 15)) & (this.#slots.length - 1);
  }

  #after(slot: number): number {
    return (slot + 1) & (this.#slots.length - 1);
  }

  arrays() {
    const nodeCount = this.#count;
    const { parent, tokens, depth, level } = this.#columns;
    return {
      nodeCount,
      parent: parent.slice(0, nodeCount),
      tokens: tokens.slice(0, nodeCount),
      depth: depth.slice(0, nodeCount),
      level: level.slice(0, nodeCount),
    };
  }
}
