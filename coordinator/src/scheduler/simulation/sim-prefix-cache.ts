import { KeyedHeap } from '../keyed-heap.ts';
import type { PrefixTrie } from '../prefix-trie.ts';

/** What a cache holds before the first call, and what it keeps longer than the rest. */
export interface CacheOptions {
  /** Nodes resident at the start; parents first. */
  readonly preloaded?: readonly number[];
  /**
   * Nodes that leave only when no other leaf can: those with most steps to their next execution
   * first, then the least recently used (KVFlow).
   */
  readonly kept?: { readonly nodes: readonly number[]; readonly stepsOf: (node: number) => number };
}

/**
 * One worker's prefix cache in evaluator 2: which nodes of the instance's trie are resident, who
 * pins them, and which unpinned leaf was used least recently. `used` counts resident tokens and
 * room reserved by running calls; it never exceeds the capacity.
 */
export class SimPrefixCache {
  readonly #trie: PrefixTrie;
  readonly #capacity: number;
  readonly #resident: Uint8Array;
  readonly #pins: Int32Array;
  readonly #children: Int32Array;
  readonly #stamp: Float64Array;
  /** Unpinned leaves by last use; entries whose stamp has moved on are stale. */
  readonly #leaves = new KeyedHeap();
  readonly #options: CacheOptions;
  readonly #kept: ReadonlySet<number>;
  #tick = 0;
  #used = 0;
  #evicted = 0;

  constructor(trie: PrefixTrie, capacity: number, options: CacheOptions = {}) {
    this.#trie = trie;
    this.#capacity = capacity;
    this.#resident = new Uint8Array(trie.nodeCount);
    this.#pins = new Int32Array(trie.nodeCount);
    this.#children = new Int32Array(trie.nodeCount);
    this.#stamp = new Float64Array(trie.nodeCount);
    this.#options = options;
    this.#kept = new Set(options.kept?.nodes);
    for (const node of options.preloaded ?? []) {
      if (this.#used + trie.tokens[node]! > capacity) break;
      this.#used += this.#makeResident(node);
      this.#touch(node);
    }
    for (const node of options.preloaded ?? []) this.#offerLeaf(node);
  }

  get evictedTokens(): number {
    return this.#evicted;
  }

  /** How many nodes from the start of the path are resident. */
  residentLength(path: Int32Array): number {
    let length = 0;
    while (length < path.length && this.#resident[path[length]!] === 1) length++;
    return length;
  }

  /**
   * Pins the resident start of a path and reserves room for `tokens` more, evicting the least
   * recently used leaves. False, and nothing pinned or reserved, when there is no room; what was
   * evicted on the way stays evicted.
   */
  reserve(path: Int32Array, pinned: number, tokens: number): boolean {
    for (let i = 0; i < pinned; i++) this.#pins[path[i]!]!++;
    const fits = this.#makeRoom(tokens);
    for (let i = 0; i < pinned; i++) {
      if (fits) this.#touch(path[i]!);
      else this.#pins[path[i]!]!--;
    }
    if (fits) this.#used += tokens;
    else for (let i = 0; i < pinned; i++) this.#offerLeaf(path[i]!);
    return fits;
  }

  /** Pins a node whose parent is resident; returns the tokens it adds (0: it was there already). */
  publish(node: number): number {
    const added = this.#makeResident(node);
    this.#pins[node]!++;
    this.#touch(node);
    return added;
  }

  /** The output of a finished call stays, unpinned; returns the tokens it adds. */
  publishOutput(node: number): number {
    const added = this.#makeResident(node);
    if (added > 0) {
      this.#touch(node);
      this.#offerLeaf(node);
    }
    return added;
  }

  /** A finished call lets go of its path and of the room it did not fill. */
  release(path: Int32Array, reserved: number): void {
    this.#used -= reserved;
    for (let i = path.length - 1; i >= 0; i--) {
      const node = path[i]!;
      this.#pins[node]!--;
      this.#touch(node);
      this.#offerLeaf(node);
    }
  }

  #makeResident(node: number): number {
    if (this.#resident[node] === 1) return 0;
    this.#resident[node] = 1;
    this.#children[this.#trie.parent[node]!]!++;
    return this.#trie.tokens[node]!;
  }

  #touch(node: number): void {
    this.#stamp[node] = ++this.#tick;
  }

  #offerLeaf(node: number): void {
    if (this.#isEvictable(node) && !this.#kept.has(node))
      this.#leaves.push(this.#stamp[node]!, node);
  }

  #isEvictable(node: number): boolean {
    return (
      node > 0 && this.#resident[node] === 1 && this.#pins[node] === 0 && this.#children[node] === 0
    );
  }

  #makeRoom(tokens: number): boolean {
    while (this.#used + tokens > this.#capacity) {
      const node = this.#leastRecent();
      if (node === undefined) return false;
      this.#used -= this.#trie.tokens[node]!;
      this.#evicted += this.#trie.tokens[node]!;
      this.#resident[node] = 0;
      const parent = this.#trie.parent[node]!;
      this.#children[parent]!--;
      this.#offerLeaf(parent);
    }
    return true;
  }

  #leastRecent(): number | undefined {
    for (;;) {
      const stamp = this.#leaves.peekKey();
      const node = this.#leaves.pop();
      if (node === undefined) return this.#leastKept();
      if (this.#stamp[node] === stamp && this.#isEvictable(node)) return node;
    }
  }

  #leastKept(): number | undefined {
    const { kept } = this.#options;
    let chosen: number | undefined;
    for (const node of kept?.nodes ?? []) {
      if (!this.#isEvictable(node)) continue;
      const later = chosen === undefined ? 1 : kept!.stepsOf(node) - kept!.stepsOf(chosen);
      if (later > 0 || (later === 0 && this.#stamp[node]! < this.#stamp[chosen!]!)) chosen = node;
    }
    return chosen;
  }
}
