import type { CallKey } from './prompt-template.ts';
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

/** Calls whose prompt passes through the node or ends there, ascending. */
export function callsBelow(node: TreeNode): CallKey[] {
  const calls: CallKey[] = [];
  const pending = [node];
  for (let next = pending.pop(); next; next = pending.pop()) {
    for (const call of next.calls) calls.push(call);
    for (const child of next.children) pending.push(child);
  }
  return calls.sort((a, b) => a - b);
}
