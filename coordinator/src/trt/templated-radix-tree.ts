import { invariant } from '@helium/shared';
import { pathTo } from './node-path.ts';
import {
  type CallKey,
  type PromptTemplate,
  referencedCalls,
  requireCallKey,
} from './prompt-template.ts';
import { TokenStore } from './token-store.ts';
import {
  addCall,
  addChild,
  createNode,
  findChild,
  outputKey,
  placeholderCall,
  removeCall,
  removeChild,
  replaceChild,
  type TreeNode,
} from './tree-node.ts';

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
 * flight; its shape depends only on the calls it holds, never on their order of arrival. `insert`
 * costs O(prompt), `remove` O(depth) besides rejoining one edge.
 */
export class TemplatedRadixTree {
  readonly root: TreeNode = createNode(undefined, -1, 0, 0);
  /** Where each call's prompt ends. */
  readonly #ends = new Map<CallKey, TreeNode>();
  /** Dependencies that no placeholder of the prompt shows; most calls have none. */
  readonly #besides = new Map<CallKey, readonly CallKey[]>();
  #store = new TokenStore();

  get callCount(): number {
    return this.#ends.size;
  }

  /** Static tokens on all edges: what a perfect prefix cache would compute of them. */
  get distinctTokens(): number {
    return this.#store.liveTokens;
  }

  /** Room the token store takes, in tokens of four bytes. */
  get capacityTokens(): number {
    return this.#store.capacityTokens;
  }

  has(call: CallKey): boolean {
    return this.#ends.has(call);
  }

  /** Throws INVARIANT_BROKEN when the key is taken or malformed. */
  insert(call: TreeCall): void {
    requireCallKey(call.key);
    invariant(!this.#ends.has(call.key), `call ${call.key} is in the tree already`);
    let node = this.root;
    for (const item of call.template.items) {
      node =
        item.kind === 'tokens'
          ? this.#descend(node, item.tokens)
          : this.#placeholder(node, item.call);
    }
    addCall(node, call.key);
    for (let up: TreeNode | undefined = node; up; up = up.parent) up.callCount++;
    this.#ends.set(call.key, node);
    const shown = new Set(referencedCalls(call.template));
    const besides = new Set(call.after?.filter((dep) => !shown.has(dep)));
    if (besides.size > 0) this.#besides.set(call.key, [...besides]);
  }

  /** Throws INVARIANT_BROKEN when the call is not there. */
  remove(call: CallKey): void {
    const node = this.nodeOf(call);
    this.#ends.delete(call);
    this.#besides.delete(call);
    removeCall(node, call);
    for (let up: TreeNode | undefined = node; up; up = up.parent) up.callCount--;
    let kept = node;
    while (kept.callCount === 0 && kept.parent) {
      removeChild(kept.parent, kept);
      this.#store.release(kept.length);
      kept = kept.parent;
    }
    this.#rejoin(kept);
    if (this.#store.isWasteful) this.#compact();
  }

  /** Where the call's prompt ends. */
  nodeOf(call: CallKey): TreeNode {
    const node = this.#ends.get(call);
    invariant(node, `call ${call} is not in the tree`);
    return node;
  }

  /**
   * Calls that must finish before this one, ascending; they need not be in the tree. O(depth): read off the
   * prompt's placeholders.
   */
  dependenciesOf(call: CallKey): readonly CallKey[] {
    const dependencies = new Set(this.#besides.get(call));
    for (let up: TreeNode | undefined = this.nodeOf(call); up; up = up.parent) {
      const producer = placeholderCall(up);
      if (producer !== undefined) dependencies.add(producer);
    }
    return [...dependencies].sort((a, b) => a - b);
  }

  /**
   * The static tokens of the edge that leads to the node; a view, valid until the next `insert`.
   */
  edgeTokens(node: TreeNode): Int32Array {
    return this.#store.view(node.start, node.length);
  }

  /** Calls in the tree, ascending. */
  calls(): CallKey[] {
    return [...this.#ends.keys()].sort((a, b) => a - b);
  }

  /** Where the prompts of two calls part: their lowest common ancestor. */
  commonNode(a: CallKey, b: CallKey): TreeNode {
    const left = pathTo(this.nodeOf(a));
    const right = pathTo(this.nodeOf(b));
    let common = this.root;
    for (let i = 0; i < left.length && left[i] === right[i]; i++) common = left[i]!;
    return common;
  }

  #descend(from: TreeNode, tokens: Int32Array): TreeNode {
    let node = from;
    let position = 0;
    while (position < tokens.length) {
      const key = tokens[position]!;
      const child = findChild(node, key);
      if (!child) {
        const start = this.#store.append(tokens, position);
        const added = createNode(node, key, start, tokens.length - position);
        addChild(node, added);
        return added;
      }
      const matched = this.#store.matchLength(child.start, child.length, tokens, position);
      node = matched < child.length ? this.#split(child, matched) : child;
      position += matched;
    }
    return node;
  }

  #placeholder(node: TreeNode, call: CallKey): TreeNode {
    const found = findChild(node, outputKey(call));
    if (found) return found;
    const added = createNode(node, outputKey(call), 0, 0);
    addChild(node, added);
    return added;
  }

  /** Cuts the node's edge after `length` tokens; returns the new node above. */
  #split(node: TreeNode, length: number): TreeNode {
    const upper = createNode(node.parent, node.key, node.start, length);
    upper.callCount = node.callCount;
    replaceChild(node.parent!, upper);
    node.start += length;
    node.length -= length;
    node.key = this.#store.at(node.start);
    addChild(upper, node);
    return upper;
  }

  /** A node that only leads on from one static run to another becomes one edge again. */
  #rejoin(node: TreeNode): void {
    const child = node.children[0];
    if (!node.parent || !child || node.children.length > 1 || node.calls.length > 0) return;
    if (node.length === 0 || child.length === 0) return;
    if (node.start + node.length !== child.start) this.#relocate(node, child);
    child.start = node.start;
    child.length += node.length;
    child.key = node.key;
    replaceChild(node.parent, child);
  }

  /** Copies both runs to the end of the store, one behind the other. */
  #relocate(node: TreeNode, child: TreeNode): void {
    for (const moved of [node, child]) {
      const tokens = this.edgeTokens(moved).slice();
      this.#store.release(moved.length);
      moved.start = this.#store.append(tokens);
    }
  }

  #compact(): void {
    const packed = new TokenStore(Math.max(256, this.#store.liveTokens));
    const pending: TreeNode[] = [this.root];
    for (let node = pending.pop(); node; node = pending.pop()) {
      if (node.length > 0) node.start = packed.append(this.edgeTokens(node));
      for (const child of node.children) pending.push(child);
    }
    this.#store = packed;
  }
}
