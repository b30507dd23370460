import type { PrefixTrie } from '../prefix-trie.ts';

/**
 * Numbers the nodes of a trie that one worker meets, in the order in which it meets them: what it keeps
 * of them lies close together, and takes the room of its calls rather than of the whole batch, once for
 * every worker. The root is slot 0; parents come before children.
 */
export class NodeSlots {
  readonly #trie: PrefixTrie;
  /** Open addressing by node: slots, 0 for none. At most half full. Why its own: `TrieBuilder` in `prefix-trie.ts`. */
  #table = new Int32Array(FIRST * 2);
  /** By slot. */
  node = new Int32Array(FIRST);
  parent = new Int32Array(FIRST);
  tokens = new Int32Array(FIRST);
  #count = 1;
  /** By call: its prompt's slots, which stay the same. */
  readonly #paths = new Map<number, Int32Array>();

  constructor(trie: PrefixTrie) {
    this.#trie = trie;
    this.parent[0] = -1;
  }

  /** Slots that there is room for; grows in `of`. */
  get size(): number {
    return this.node.length;
  }

  /** The slot of the node, a new one where it was not met before. O(1) where its parent was. */
  of(node: number): number {
    if (node === 0) return 0;
    const known = this.#table[this.#placeOf(node)]!;
    if (known > 0) return known;
    const up = this.of(this.#trie.parent[node]!);
    if (this.#count === this.size) this.#grow();
    const slot = this.#count++;
    this.node[slot] = node;
    this.parent[slot] = up;
    this.tokens[slot] = this.#trie.tokens[node]!;
    this.#table[this.#placeOf(node)] = slot;
    return slot;
  }

  /** The slots of a call's prompt. O(items) when it is first asked for. */
  pathOf(call: number): Int32Array {
    const known = this.#paths.get(call);
    if (known !== undefined) return known;
    const slots = this.#trie.paths[call]!.map((node) => this.of(node));
    this.#paths.set(call, slots);
    return slots;
  }

  /** Where the node is in the table, or would be. */
  #placeOf(node: number): number {
    const mask = this.#table.length - 1;
    // Nodes of a row have neighbouring numbers; rows that fell onto each other would make long probes.
    const mixed = Math.imul(node, 0x9e3779b1);
    let place = (mixed ^ (mixed >>> 15)) & mask;
    for (let slot = this.#table[place]!; slot > 0; slot = this.#table[place]!) {
      if (this.node[slot] === node) break;
      place = (place + 1) & mask;
    }
    return place;
  }

  #grow(): void {
    const size = 2 * this.size;
    this.node = grown(this.node, size);
    this.parent = grown(this.parent, size);
    this.tokens = grown(this.tokens, size);
    this.#table = new Int32Array(2 * size);
    for (let slot = 1; slot < this.#count; slot++) {
      this.#table[this.#placeOf(this.node[slot]!)] = slot;
    }
  }
}

const FIRST = 512;

/** The same, with room for `size`. */
export function grown<T extends Int32Array | Uint8Array | Float64Array>(array: T, size: number): T {
  const larger = new (array.constructor as new (length: number) => T)(size);
  larger.set(array);
  return larger;
}
