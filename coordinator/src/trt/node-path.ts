import { placeholderCall, type TreeNode } from './tree-node.ts';

/** The nodes from below the root down to `node`, `node` included. */
export function pathTo(node: TreeNode): TreeNode[] {
  const path: TreeNode[] = [];
  for (let up: TreeNode | undefined = node; up?.parent; up = up.parent) path.push(up);
  return path.reverse();
}

/** Static tokens and placeholders from the root to the node. */
export function prefixLength(node: TreeNode): { tokens: number; placeholders: number } {
  const path = pathTo(node);
  return {
    tokens: path.reduce((sum, step) => sum + step.length, 0),
    placeholders: path.filter((step) => placeholderCall(step) !== undefined).length,
  };
}
