import { invariant } from '@helium/shared';
import type { CallTable } from './call-table.ts';
import type { CallKey } from './prompt-template.ts';
import { NONE } from './row-table.ts';

/**
 * A node of a tree with the edge that leads to it: a run of static tokens, or a placeholder. It keeps its number
 * while calls pass through it or end there, however its edge is cut; then another node may get the number.
 */
export type TreeNode = number & { readonly __brand: 'TreeNode' };

/** Of the nodes' columns those that say what leads where. */
export interface PathColumns {
  readonly end: number;
  readonly parent: Int32Array;
  readonly start: Int32Array;
  readonly length: Int32Array;
}

/** What prompts are made of, but for their tokens: the nodes on their ways, and which calls they wait for. */
export abstract class TreePaths {
  readonly root = 0 as TreeNode;
  protected abstract readonly nodes: PathColumns;
  protected abstract readonly table: CallTable;

  /** All nodes' numbers are below: the length of an array with a place for each. */
  get nodeLimit(): number {
    return this.nodes.end;
  }

  has(call: CallKey): boolean {
    return this.endOf(call) !== NONE;
  }

  /** Where the call's prompt ends. */
  nodeOf(call: CallKey): TreeNode {
    const node = this.endOf(call);
    invariant(node !== NONE, `call ${call} is not in the tree`);
    return node as TreeNode;
  }

  /** undefined for the root. */
  parentOf(node: TreeNode): TreeNode | undefined {
    const parent = this.nodes.parent[node]!;
    return parent === NONE ? undefined : (parent as TreeNode);
  }

  /** The call whose output the node's edge stands for; undefined for static tokens and the root. */
  placeholderOf(node: TreeNode): CallKey | undefined {
    if (this.nodes.length[node] !== 0 || node === this.root) return undefined;
    return this.table.key[this.nodes.start[node]!];
  }

  /** Static tokens of the node's edge; 0 for a placeholder and the root. */
  edgeLength(node: TreeNode): number {
    return this.nodes.length[node]!;
  }

  /**
   * Calls that must finish before this one, ascending; they need not be in the tree. O(depth): read off the
   * prompt's placeholders.
   */
  dependenciesOf(call: CallKey): readonly CallKey[] {
    const end = this.nodeOf(call);
    const found = this.table.dependenciesBesides(this.table.find(call));
    for (let up: number = end; up !== NONE; up = this.nodes.parent[up]!) {
      const producer = this.placeholderOf(up as TreeNode);
      if (producer !== undefined) found.push(producer);
    }
    return found.length < 2 ? found : [...new Set(found)].sort((a, b) => a - b);
  }

  protected endOf(key: CallKey): number {
    const call = this.table.find(key);
    return call === NONE ? NONE : this.table.nodeOf(call);
  }
}
