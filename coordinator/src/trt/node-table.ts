import { HashIndex, mixed } from './hash-index.ts';
import { lengthened, NONE, RowTable } from './row-table.ts';

/**
 * Nodes in columns, each with the edge that leads to it: 20 bytes a node and some 6 for finding it from its
 * parent. An edge is a run of static tokens, or a placeholder: one of length 0.
 */
export class NodeTable extends RowTable {
  /** Of a run: where its tokens begin. Of a placeholder: the number of the call. */
  start = new Int32Array(0);
  /** In tokens; 0 for placeholders, the root and free rows. */
  length = new Int32Array(0);
  /** Calls that end here or below; > 0 but for an empty tree's root and free rows. */
  callCount = new Int32Array(0);
  /** All children's numbers, combined by exclusive or: the child's number where there is one child. */
  #children = new Int32Array(0);
  readonly #tokenAt: (position: number) => number;
  readonly #edges = new HashIndex((node) =>
    this.length[node] === 0
      ? placeholderHash(this.parent[node]!, this.start[node]!)
      : mixed(this.parent[node]!, this.#tokenAt(this.start[node]!)),
  );

  constructor(tokenAt: (position: number) => number) {
    super();
    this.#tokenAt = tokenAt;
  }

  get parent(): Int32Array {
    return this.link;
  }

  /** A node without parent. */
  createRoot(): number {
    return this.#create(NONE, 0, 0);
  }

  /** A child that leads on by a run of tokens, or by a placeholder when `length` is 0. */
  addChild(parent: number, start: number, length: number): number {
    const node = this.#create(parent, start, length);
    this.#children[parent]! ^= node;
    this.#edges.add(node);
    return node;
  }

  /** The child whose run begins with the token; NONE without one. */
  childByToken(parent: number, token: number): number {
    for (let at = this.#edges.first(mixed(parent, token)); ; at = this.#edges.next(at)) {
      const node = this.#edges.rowAt(at);
      if (node === NONE) return node;
      if (this.parent[node] !== parent || this.length[node] === 0) continue;
      if (this.#tokenAt(this.start[node]!) === token) return node;
    }
  }

  /** The child that stands for the call's output; NONE without one. */
  childByCall(parent: number, call: number): number {
    for (let at = this.#edges.first(placeholderHash(parent, call)); ; at = this.#edges.next(at)) {
      const node = this.#edges.rowAt(at);
      if (node === NONE) return node;
      if (this.parent[node] !== parent || this.length[node] !== 0) continue;
      if (this.start[node] === call) return node;
    }
  }

  /** Takes away a node that has no children. */
  remove(node: number): void {
    this.#edges.remove(node);
    this.#children[this.parent[node]!]! ^= node;
    this.#free(node);
  }

  /** Cuts the node's run after `length` tokens; returns the new node above, which has the front part. */
  split(node: number, length: number): number {
    const parent = this.parent[node]!;
    const upper = this.#create(parent, this.start[node]!, length);
    this.#edges.replace(node, upper);
    this.#children[parent]! ^= node ^ upper;
    this.#children[upper] = node;
    this.callCount[upper] = this.callCount[node]!;
    this.start[node]! += length;
    this.length[node]! -= length;
    this.parent[node] = upper;
    this.#edges.add(node);
    return upper;
  }

  /** Undoes a split: the child, whose run begins where the node's ends, has the whole run. */
  join(node: number, child: number): void {
    const parent = this.parent[node]!;
    this.#edges.remove(child);
    this.parent[child] = parent;
    this.start[child] = this.start[node]!;
    this.length[child]! += this.length[node]!;
    this.#edges.replace(node, child);
    this.#children[parent]! ^= node ^ child;
    this.#free(node);
  }

  /** The child to which all calls of the node go on; NONE where some end there or they part. */
  onlyChild(node: number): number {
    const child = this.#children[node]!;
    const isChild = child > 0 && child < this.end && this.parent[child] === node;
    return isChild && this.callCount[child] === this.callCount[node] ? child : NONE;
  }

  #create(parent: number, start: number, length: number): number {
    const node = this.take();
    this.parent[node] = parent;
    this.start[node] = start;
    this.length[node] = length;
    this.callCount[node] = 0;
    this.#children[node] = 0;
    return node;
  }

  #free(node: number): void {
    this.length[node] = 0;
    this.callCount[node] = 0;
    this.give(node);
  }

  protected override grow(rows: number): void {
    this.start = lengthened(new Int32Array(rows), this.start);
    this.length = lengthened(new Int32Array(rows), this.length);
    this.callCount = lengthened(new Int32Array(rows), this.callCount);
    this.#children = lengthened(new Int32Array(rows), this.#children);
  }
}

/** Other than that of a token of the same number. */
function placeholderHash(parent: number, call: number): number {
  return ~mixed(parent, call);
}
