import type { CallKey } from './prompt-template.ts';

/**
 * A node with the edge that leads to it: a run of static tokens, or a placeholder. Calls whose
 * prompt ends here are its leaves (weight 0 in the paper's model); a prompt that is a strict prefix
 * of another ends at an inner node. Only the tree mutates nodes.
 */
export interface TreeNode {
  parent: TreeNode | undefined;
  /**
   * Sorting key of the edge, unique among siblings: its first token, or `outputKey` of its call.
   */
  key: number;
  /** View of the token store; length 0 for a placeholder and for the root. */
  start: number;
  length: number;
  /** By ascending key. */
  children: TreeNode[];
  /** Calls whose prompt ends here, ascending: one without a list, or a list of several. */
  own: CallKey | CallKey[] | undefined;
  /** The same as a list, made when asked for. */
  readonly calls: readonly CallKey[];
  /** Calls here and below. */
  callCount: number;
}

/** Keys of placeholders lie above all token ids, so that static children come first. */
const OUTPUT_KEY_BASE = 2 ** 31;

export const outputKey = (call: CallKey) => OUTPUT_KEY_BASE + call;

/** The call whose output the edge stands for; undefined for static tokens and the root. */
export function placeholderCall(node: TreeNode): CallKey | undefined {
  return node.key >= OUTPUT_KEY_BASE ? node.key - OUTPUT_KEY_BASE : undefined;
}

/** Most nodes have no children: they share one empty list. */
const NO_CHILDREN: TreeNode[] = [];
const NO_CALLS: readonly CallKey[] = [];

class Node implements TreeNode {
  parent: TreeNode | undefined;
  key: number;
  start: number;
  length: number;
  children: TreeNode[] = NO_CHILDREN;
  own: CallKey | CallKey[] | undefined = undefined;
  callCount = 0;

  constructor(parent: TreeNode | undefined, key: number, start: number, length: number) {
    this.parent = parent;
    this.key = key;
    this.start = start;
    this.length = length;
  }

  get calls(): readonly CallKey[] {
    if (this.own === undefined) return NO_CALLS;
    return typeof this.own === 'number' ? [this.own] : this.own;
  }
}

export function createNode(
  parent: TreeNode | undefined,
  key: number,
  start: number,
  length: number,
): TreeNode {
  return new Node(parent, key, start, length);
}

export function findChild(node: TreeNode, key: number): TreeNode | undefined {
  const child = node.children[lowerBound(node.children, key)];
  return child?.key === key ? child : undefined;
}

/** Inserts in key order. O(log c) to find the place, a block move to make it. */
export function addChild(node: TreeNode, child: TreeNode): void {
  if (node.children === NO_CHILDREN) node.children = [child];
  else node.children.splice(lowerBound(node.children, child.key), 0, child);
  child.parent = node;
}

export function removeChild(node: TreeNode, child: TreeNode): void {
  if (node.children.length === 1) node.children = NO_CHILDREN;
  else node.children.splice(lowerBound(node.children, child.key), 1);
}

/** Puts `child` where the child with the same key is. */
export function replaceChild(node: TreeNode, child: TreeNode): void {
  node.children[lowerBound(node.children, child.key)] = child;
  child.parent = node;
}

export function addCall(node: TreeNode, call: CallKey): void {
  if (node.own === undefined) {
    node.own = call;
    return;
  }
  const calls = typeof node.own === 'number' ? [node.own] : node.own;
  const place = calls.at(-1)! < call ? calls.length : calls.findIndex((other) => other > call);
  calls.splice(place, 0, call);
  node.own = calls;
}

export function removeCall(node: TreeNode, call: CallKey): void {
  if (typeof node.own === 'object' && node.own.length > 1) {
    node.own.splice(node.own.indexOf(call), 1);
  } else {
    node.own = undefined;
  }
}

function lowerBound(children: readonly TreeNode[], key: number): number {
  let low = 0;
  let high = children.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (children[middle]!.key < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
