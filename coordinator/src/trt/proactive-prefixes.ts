import { callsBelow, pathTo } from './node-path.ts';
import type { CallKey } from './prompt-template.ts';
import type { TemplatedRadixTree, TreeNode } from './templated-radix-tree.ts';

/** A static beginning of prompts that is worth computing before the first of its calls. */
export interface ProactivePrefix {
  /** From the start of the prompt. */
  readonly tokens: Int32Array;
  /** Calls that begin with it, ascending. */
  readonly calls: readonly CallKey[];
}

/**
 * Static prefixes of at least `minTokens` tokens that at least `minCalls` calls share (paper,
 * section 5, "proactive cache management"): the longest ones only, since computing one computes
 * what it begins with. Those that save most tokens come first.
 */
export function proactivePrefixes(
  tree: TemplatedRadixTree,
  limits: { readonly minTokens: number; readonly minCalls: number },
): ProactivePrefix[] {
  const found: ProactivePrefix[] = [];
  collect(tree.root, 0);
  return found.sort((a, b) => savedTokens(b) - savedTokens(a));

  /** True when the node or one below it qualifies. */
  function collect(node: TreeNode, depth: number): boolean {
    const shared = tree
      .childrenOf(node)
      .filter((child) => tree.callCountOf(child) >= limits.minCalls && tree.edgeLength(child) > 0);
    let covered = false;
    for (const child of shared) covered = collect(child, depth + tree.edgeLength(child)) || covered;
    if (covered || node === tree.root || depth < limits.minTokens) return covered;
    found.push({ tokens: tree.tokensAlong(pathTo(tree, node)), calls: callsBelow(tree, node) });
    return true;
  }
}

function savedTokens(prefix: ProactivePrefix): number {
  return prefix.tokens.length * (prefix.calls.length - 1);
}
