import type { CallKey } from './prompt-template.ts';
import type { TemplatedRadixTree } from './templated-radix-tree.ts';
import type { TreeNode, TreePaths } from './tree-paths.ts';

/** The nodes from below the root down to `node`, `node` included. */
export function pathTo(tree: TreePaths, node: TreeNode): TreeNode[] {
  const path: TreeNode[] = [];
  let up: TreeNode | undefined = node;
  for (; up !== undefined && up !== tree.root; up = tree.parentOf(up)) path.push(up);
  return path.reverse();
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
