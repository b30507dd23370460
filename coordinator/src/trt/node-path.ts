import type { CallKey } from './prompt-template.ts';
import type { TemplatedRadixTree, TreeNode } from './templated-radix-tree.ts';

/** The nodes from below the root down to `node`, `node` included. */
export function pathTo(tree: TemplatedRadixTree, node: TreeNode): TreeNode[] {
  const path: TreeNode[] = [];
  let up: TreeNode | undefined = node;
  for (; up !== undefined && up !== tree.root; up = tree.parentOf(up)) path.push(up);
  return path.reverse();
}

/** Static tokens and placeholders from the root to the node. */
export function prefixLength(
  tree: TemplatedRadixTree,
  node: TreeNode,
): { tokens: number; placeholders: number } {
  const path = pathTo(tree, node);
  return {
    tokens: path.reduce((sum, step) => sum + tree.edgeLength(step), 0),
    placeholders: path.filter((step) => tree.placeholderOf(step) !== undefined).length,
  };
}

/** Calls whose prompt passes through the node or ends there, ascending. */
export function callsBelow(tree: TemplatedRadixTree, node: TreeNode): CallKey[] {
  const calls: CallKey[] = [];
  for (const each of nodesBelow(tree, node)) {
    for (const call of tree.callsAt(each)) calls.push(call);
  }
  return calls.sort((a, b) => a - b);
}

/** The node and all below it, parents before their children, siblings in their order. */
export function* nodesBelow(tree: TemplatedRadixTree, node: TreeNode): Generator<TreeNode> {
  const pending = [node];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    yield next;
    for (const child of tree.childrenOf(next).toReversed()) pending.push(child);
  }
}

/** Where the prompts of two calls part: their lowest common ancestor. */
export function commonNode(tree: TemplatedRadixTree, a: CallKey, b: CallKey): TreeNode {
  const left = pathTo(tree, tree.nodeOf(a));
  const right = pathTo(tree, tree.nodeOf(b));
  let common = tree.root;
  for (let i = 0; i < left.length && left[i] === right[i]; i++) common = left[i]!;
  return common;
}
