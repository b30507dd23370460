import { invariant } from '@helium/shared';
import { CallTable } from './call-table.ts';
import { GroupedRows } from './grouped-rows.ts';
import { NodeTable } from './node-table.ts';
import { type CallKey, type PromptTemplate, requireCallKey } from './prompt-template.ts';
import { NONE } from './row-table.ts';
import { TokenStore } from './token-store.ts';
import { type TreeNode, TreePaths } from './tree-paths.ts';
import { TreeSnapshot } from './tree-snapshot.ts';

/** A call as it enters the tree. */
export interface TreeCall {
  readonly key: CallKey;
  readonly template: PromptTemplate;
  /** Calls that must finish first besides those whose output the prompt contains. */
  readonly after?: readonly CallKey[];
}

/**
 * The templated radix tree (paper, section 5 and appendix A, algorithm 2): the prompts of all calls
 * known, with equal beginnings stored once. Mutable, because runs come and go while others are in
 * flight; its shape depends only on the calls it holds, never on their order of arrival. Calls whose prompt
 * ends at a node are its leaves (weight 0 in the paper's model); a prompt that is a strict prefix of another
 * ends at an inner node. `insert` costs O(prompt), `remove` O(depth) besides rejoining one edge.
 */
export class TemplatedRadixTree extends TreePaths {
  #callCount = 0;
  #store = new TokenStore();
  protected nodes = this.#emptyNodes();
  protected table = new CallTable();
  /** Children by node and calls by node: made when asked for, dropped at the next change. */
  #children: GroupedRows | undefined;
  #ending: GroupedRows | undefined;
  readonly #notes: Map<TreeNode, unknown>[] = [];

  get callCount(): number {
    return this.#callCount;
  }

  /** Static tokens on all edges: what a perfect prefix cache would compute of them. */
  get distinctTokens(): number {
    return this.#store.liveTokens;
  }

  /** Room the token store takes, in tokens of four bytes. */
  get capacityTokens(): number {
    return this.#store.capacityTokens;
  }

  /** Throws INVARIANT_BROKEN when the key is taken or malformed. */
  insert({ key, template, after }: TreeCall): void {
    requireCallKey(key);
    invariant(!this.has(key), `call ${key} is in the tree already`);
    this.#dropLists();
    let node: number = this.root;
    let runs: Int32Array[] = [];
    for (const item of template.items) {
      if (item.kind === 'tokens') {
        runs.push(item.tokens);
      } else {
        node = this.#placeholder(this.#descend(node, runs), item.call);
        runs = [];
      }
    }
    node = this.#descend(node, runs);
    const call = this.table.intern(key);
    this.table.enter(call, node);
    this.#callCount += 1;
    for (let up = node; up !== NONE; up = this.nodes.parent[up]!) this.nodes.callCount[up]! += 1;
    for (const needed of besides(template, after)) {
      this.table.addDependency(call, this.table.intern(needed));
    }
  }

  /** Throws INVARIANT_BROKEN when the call is not there. */
  remove(key: CallKey): void {
    const node = this.nodeOf(key);
    this.#dropLists();
    this.table.leave(this.table.find(key));
    this.#callCount -= 1;
    const { parent, callCount } = this.nodes;
    for (let up: number = node; up !== NONE; up = parent[up]!) callCount[up]! -= 1;
    let kept: number = node;
    while (callCount[kept] === 0 && kept !== this.root) {
      const above = parent[kept]!;
      this.#removeLeaf(kept);
      kept = above;
    }
    if (this.#callCount === 0) this.#empty();
    else if (kept !== this.root) this.#rejoin(kept);
    if (this.#store.isWasteful) this.#compact();
  }

  /** Static ones by first token, then placeholders by call. O(nodes) when the tree has changed since last time. */
  childrenOf(node: TreeNode): TreeNode[] {
    const { end, parent, callCount } = this.nodes;
    this.#children ??= new GroupedRows(
      end,
      end,
      (child) => (callCount[child] === 0 ? NONE : parent[child]!),
      (a, b) => this.#compareSiblings(a, b),
    );
    return Array.from(this.#children.of(node), (child) => child as TreeNode);
  }

  /** Calls whose prompt ends at the node, ascending. O(calls) when the tree has changed since last time. */
  callsAt(node: TreeNode): CallKey[] {
    const { end, key } = this.table;
    this.#ending ??= new GroupedRows(
      end,
      this.nodes.end,
      (call) => this.table.nodeOf(call),
      (a, b) => key[a]! - key[b]!,
    );
    return Array.from(this.#ending.of(node), (call) => key[call]!);
  }

  /** How many calls' prompts end at the node or below. */
  callCountOf(node: TreeNode): number {
    return this.nodes.callCount[node]!;
  }

  /** The static tokens of the node's edge, copied. */
  edgeTokens(node: TreeNode): Int32Array {
    const tokens = new Int32Array(this.edgeLength(node));
    this.#store.copy(this.nodes.start[node]!, tokens.length, tokens, 0);
    return tokens;
  }

  /** The static tokens of several edges, one behind the other. */
  tokensAlong(path: readonly TreeNode[]): Int32Array {
    const tokens = new Int32Array(path.reduce((sum, node) => sum + this.edgeLength(node), 0));
    let end = 0;
    for (const node of path) {
      const length = this.edgeLength(node);
      this.#store.copy(this.nodes.start[node]!, length, tokens, end);
      end += length;
    }
    return tokens;
  }

  /** Calls in the tree, ascending. */
  calls(): CallKey[] {
    const { end, key } = this.table;
    const calls: CallKey[] = [];
    for (let call = 0; call < end; call++) {
      if (this.table.nodeOf(call) !== NONE) calls.push(key[call]!);
    }
    return calls.sort((a, b) => a - b);
  }

  /** The prompts as they are now, without their tokens. O(nodes + calls), of which a copy of columns is all. */
  snapshot(): TreeSnapshot {
    return new TreeSnapshot(this.nodes, this.table);
  }

  /** Values kept by node for as long as the tree lives, each of which goes when its node does. */
  notes<Value>(): Map<TreeNode, Value> {
    const notes = new Map<TreeNode, Value>();
    this.#notes.push(notes);
    return notes;
  }

  #emptyNodes(): NodeTable {
    const nodes = new NodeTable((position) => this.#store.at(position));
    nodes.createRoot();
    return nodes;
  }

  /** The runs, none of them empty, are one text: no node is where they touch. */
  #descend(from: number, runs: readonly Int32Array[]): number {
    let node = from;
    let position = 0;
    for (let run = 0; run < runs.length; ) {
      const child = this.nodes.childByToken(node, runs[run]![position]!);
      if (child === NONE) return this.#addLeaf(node, runs.slice(run), position);
      const start = this.nodes.start[child]!;
      const length = this.nodes.length[child]!;
      let matched = 0;
      for (let isEqual = true; isEqual && matched < length && run < runs.length; ) {
        const tokens = runs[run]!;
        const count = this.#store.matchLength(start + matched, length - matched, tokens, position);
        matched += count;
        position += count;
        isEqual = position === tokens.length;
        if (isEqual) [run, position] = [run + 1, 0];
      }
      node = matched < length ? this.nodes.split(child, matched) : child;
    }
    return node;
  }

  /** An edge with the first run from `position` on and the others behind it. */
  #addLeaf(parent: number, [first, ...others]: readonly Int32Array[], position: number): number {
    const start = this.#store.append(first!, position);
    let length = first!.length - position;
    for (const run of others) {
      this.#store.append(run);
      length += run.length;
    }
    return this.nodes.addChild(parent, start, length);
  }

  #placeholder(node: number, key: CallKey): number {
    const call = this.table.intern(key);
    const found = this.nodes.childByCall(node, call);
    if (found !== NONE) return found;
    this.table.name(call);
    return this.nodes.addChild(node, call, 0);
  }

  #removeLeaf(node: number): void {
    const { start, length } = this.nodes;
    const [from, tokens] = [start[node]!, length[node]!];
    this.nodes.remove(node);
    this.#dropNotes(node);
    if (tokens === 0) this.table.unname(from);
    else this.#store.release(from, tokens);
  }

  /** A node that only leads on from one static run to another becomes one edge again. */
  #rejoin(node: number): void {
    const { start, length } = this.nodes;
    const child = this.nodes.onlyChild(node);
    if (child === NONE || length[node] === 0 || length[child] === 0) return;
    if (start[node]! + length[node]! !== start[child]) {
      this.#relocate(node);
      this.#relocate(child);
    }
    this.nodes.join(node, child);
    this.#dropNotes(node);
  }

  /** Copies the node's run to the end of the store. */
  #relocate(node: number): void {
    const tokens = this.edgeTokens(node as TreeNode);
    this.#store.release(this.nodes.start[node]!, tokens.length);
    this.nodes.start[node] = this.#store.append(tokens);
  }

  #compact(): void {
    const packed = new TokenStore();
    for (let node = 0; node < this.nodes.end; node++) {
      if (this.nodes.length[node] === 0) continue;
      this.nodes.start[node] = packed.append(this.edgeTokens(node as TreeNode));
    }
    this.#store = packed;
  }

  /** An empty tree takes no more memory than a new one. */
  #empty(): void {
    this.#store = new TokenStore();
    this.nodes = this.#emptyNodes();
    this.table = new CallTable();
  }

  #dropLists(): void {
    this.#children = undefined;
    this.#ending = undefined;
  }

  #dropNotes(node: number): void {
    for (const notes of this.#notes) notes.delete(node as TreeNode);
  }

  #compareSiblings(a: number, b: number): number {
    const { start, length } = this.nodes;
    const [isRunA, isRunB] = [length[a] !== 0, length[b] !== 0];
    if (isRunA !== isRunB) return isRunA ? -1 : 1;
    const value = (node: number) =>
      isRunA ? this.#store.at(start[node]!) : this.table.key[start[node]!]!;
    return value(a) - value(b);
  }
}

/** Calls of `after` that no placeholder of the prompt shows, each once. */
function besides(
  { items }: PromptTemplate,
  after: readonly CallKey[] | undefined,
): Iterable<CallKey> {
  if (after === undefined || after.length === 0) return [];
  const left = new Set(after);
  for (const item of items) if (item.kind === 'output') left.delete(item.call);
  return left;
}
