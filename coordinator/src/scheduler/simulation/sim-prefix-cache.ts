import { KeyedHeap } from '@helium/shared';
import type { PrefixTrie } from '../prefix-trie.ts';
import { grown, NodeSlots } from './node-slots.ts';

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

/** Nodes up to which a worker keeps something of each node of the trie; above, of those that it meets. */
const WHOLE_AT_MOST = 4096;

/**
 * One worker's prefix cache in evaluator 2: which nodes of the instance's trie are resident, who
 * pins them, and which unpinned leaf was used least recently. `used` counts resident tokens and
 * room reserved by running calls; it never exceeds the capacity. Nodes are named by slots, which
 * `pathOf` and `slotOf` give.
 */
export class SimPrefixCache {
  readonly #trie: PrefixTrie;
  readonly #capacity: number;
  /** Undefined where nodes are their own slots. */
  readonly #slots: NodeSlots | undefined;
  #parent: Int32Array;
  #tokens: Int32Array;
  #resident: Uint8Array;
  #pins: Int32Array;
  #children: Int32Array;
  #stamp: Float64Array;
  /** Unpinned leaves by last use; entries whose stamp has moved on are stale. */
  readonly #leaves = new KeyedHeap();
  readonly #options: CacheOptions;
  readonly #kept: ReadonlySet<number>;
  /** Nodes that became resident since the last reset. */
  readonly #met: number[] = [];
  #tick = 0;
  #used = 0;
  #evicted = 0;
  #changes = 0;

  constructor(
    trie: PrefixTrie,
    capacity: number,
    options: CacheOptions = {},
    wholeAtMost = WHOLE_AT_MOST,
  ) {
    const slots = trie.nodeCount > wholeAtMost ? new NodeSlots(trie) : undefined;
    const size = slots?.size ?? trie.nodeCount;
    this.#trie = trie;
    this.#slots = slots;
    this.#parent = slots?.parent ?? trie.parent;
    this.#tokens = slots?.tokens ?? trie.tokens;
    this.#capacity = capacity;
    this.#resident = new Uint8Array(size);
    this.#pins = new Int32Array(size);
    this.#children = new Int32Array(size);
    this.#stamp = new Float64Array(size);
    this.#options = options;
    this.#kept = new Set(options.kept?.nodes.map((node) => this.slotOf(node)));
    this.#preload();
  }

  /** As it was when it was made. O(nodes that became resident). */
  reset(): void {
    for (const node of this.#met) {
      this.#resident[node] = 0;
      this.#pins[node] = 0;
      this.#children[node] = 0;
      this.#stamp[node] = 0;
    }
    this.#met.length = 0;
    this.#leaves.clear();
    this.#tick = 0;
    this.#used = 0;
    this.#evicted = 0;
    this.#preload();
  }

  #preload(): void {
    const preloaded = this.#options.preloaded?.map((node) => this.slotOf(node)) ?? [];
    for (const node of preloaded) {
      if (this.#used + this.#tokens[node]! > this.#capacity) break;
      this.#used += this.#makeResident(node);
      this.#touch(node);
    }
    for (const node of preloaded) this.#offerLeaf(node);
  }

  /** Grows with every change that may let a call in which was refused before. */
  get changes(): number {
    return this.#changes;
  }

  /** Nodes that it keeps something of. */
  get size(): number {
    return this.#pins.length;
  }

  get evictedTokens(): number {
    return this.#evicted;
  }

  /** By what the node is named here; the same as long as the cache lives. */
  slotOf(node: number): number {
    const slot = this.#slots?.of(node) ?? node;
    this.#makePlace();
    return slot;
  }

  /** The same for the nodes of a call's prompt. */
  pathOf(call: number): Int32Array {
    if (this.#slots === undefined) return this.#trie.paths[call]!;
    const path = this.#slots.pathOf(call);
    this.#makePlace();
    return path;
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
    this.#changes++;
    const added = this.#makeResident(node);
    this.#pins[node]!++;
    this.#touch(node);
    return added;
  }

  /** The output of a finished call stays, unpinned; returns the tokens it adds. */
  publishOutput(node: number): number {
    this.#changes++;
    const added = this.#makeResident(node);
    if (added > 0) {
      this.#touch(node);
      this.#offerLeaf(node);
    }
    return added;
  }

  /** A finished call lets go of its path and of the room it did not fill. */
  release(path: Int32Array, reserved: number): void {
    this.#changes++;
    this.#used -= reserved;
    for (let i = path.length - 1; i >= 0; i--) {
      const node = path[i]!;
      this.#pins[node]!--;
      this.#touch(node);
      this.#offerLeaf(node);
    }
  }

  #makePlace(): void {
    const slots = this.#slots;
    if (slots === undefined || slots.size === this.#pins.length) return;
    const { size } = slots;
    this.#parent = slots.parent;
    this.#tokens = slots.tokens;
    this.#resident = grown(this.#resident, size);
    this.#pins = grown(this.#pins, size);
    this.#children = grown(this.#children, size);
    this.#stamp = grown(this.#stamp, size);
  }

  #makeResident(node: number): number {
    if (this.#resident[node] === 1) return 0;
    this.#resident[node] = 1;
    if (this.#stamp[node] === 0) this.#met.push(node);
    this.#children[this.#parent[node]!]!++;
    return this.#tokens[node]!;
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
      this.#used -= this.#tokens[node]!;
      this.#evicted += this.#tokens[node]!;
      this.#resident[node] = 0;
      const parent = this.#parent[node]!;
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
    const stepsOf = (slot: number) => this.#options.kept!.stepsOf(this.#slots?.node[slot] ?? slot);
    let chosen: number | undefined;
    for (const node of this.#kept) {
      if (!this.#isEvictable(node)) continue;
      const later = chosen === undefined ? 1 : stepsOf(node) - stepsOf(chosen);
      if (later > 0 || (later === 0 && this.#stamp[node]! < this.#stamp[chosen!]!)) chosen = node;
    }
    return chosen;
  }
}
