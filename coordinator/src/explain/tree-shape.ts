import type { TemplatedRadixTree, TreeNode } from '../trt/index.ts';

/** A node at which prompts part or end, with the way that leads to it from the one above. */
export interface TreeBranch {
  /** The edges on the way, in order; the last leads to `end`. */
  readonly steps: readonly TreeNode[];
  readonly end: TreeNode;
}

/** Prompts that part this few tokens after they have parted before are drawn as parting once. */
const SHORT_TOKENS = 16;

/** Branches that look alike: the first stands for all. */
export interface BranchGroup {
  readonly first: TreeBranch;
  readonly others: readonly TreeBranch[];
}

/**
 * Groups the branches below nodes by shape: the same order of texts and outputs, leading to the same
 * shapes, for calls of the same shape; how long texts are and what they say does not matter.
 */
export class TreeShapes {
  readonly #tree: TemplatedRadixTree;
  readonly #shapeOfCall: (key: number) => number;
  readonly #numbers = new Map<string, number>();
  readonly #known = new Map<TreeNode, number>();

  constructor(tree: TemplatedRadixTree, shapeOfCall: (key: number) => number) {
    this.#tree = tree;
    this.#shapeOfCall = shapeOfCall;
  }

  /** Groups with most calls first, then in the tree's order. */
  groupsBelow(node: TreeNode): readonly BranchGroup[] {
    const groups = new Map<string, TreeBranch[]>();
    for (const branch of branchesBelow(this.#tree, node)) {
      const key = this.#keyOf(branch);
      const group = groups.get(key) ?? [];
      group.push(branch);
      groups.set(key, group);
    }
    const calls = (branches: readonly TreeBranch[]) =>
      branches.reduce((sum, { end }) => sum + this.#tree.callCountOf(end), 0);
    return [...groups.values()]
      .sort((a, b) => calls(b) - calls(a))
      .map(([first, ...others]) => ({ first: first!, others }));
  }

  #keyOf({ steps, end }: TreeBranch): string {
    const kinds = steps.flatMap((step, i) => {
      const call = this.#tree.placeholderOf(step);
      if (call !== undefined) return `output ${this.#shapeOfCall(call)}`;
      // Texts in a row are one text, however often other prompts part within it.
      const before = steps[i - 1];
      return before === undefined || this.#tree.placeholderOf(before) !== undefined ? 'text' : [];
    });
    return `${kinds.join()} ${this.#shapeOf(end)}`;
  }

  /** Deep trees are rare: prompts part a few dozen times at most. */
  #shapeOf(node: TreeNode): number {
    const known = this.#known.get(node);
    if (known !== undefined) return known;
    const below = branchesBelow(this.#tree, node).map((branch) => this.#keyOf(branch));
    const ends = this.#tree.callsAt(node).map((call) => this.#shapeOfCall(call));
    const key = JSON.stringify([distinct(below), distinct(ends.map(String))]);
    const shape = this.#numbers.get(key) ?? this.#numbers.size;
    this.#numbers.set(key, shape);
    this.#known.set(node, shape);
    return shape;
  }
}

function branchesBelow(tree: TemplatedRadixTree, node: TreeNode): readonly TreeBranch[] {
  const isText = tree.edgeLength(node) > 0;
  return tree.childrenOf(node).flatMap((child) => branchesFrom(tree, child, [], isText));
}

/** The branch that begins with the edge to `child`, or those it parts into a few tokens later. */
function branchesFrom(
  tree: TemplatedRadixTree,
  child: TreeNode,
  before: readonly TreeNode[],
  mayBeShort: boolean,
): readonly TreeBranch[] {
  const steps = [...before, child];
  let end = child;
  let next = tree.childrenOf(end);
  const isPassed = () => tree.callsAt(end).length === 0;
  while (isPassed() && next.length === 1) {
    end = next[0]!;
    next = tree.childrenOf(end);
    steps.push(end);
  }
  const isText = steps.every((step) => tree.placeholderOf(step) === undefined);
  const tokens = steps.reduce((sum, step) => sum + tree.edgeLength(step), 0);
  const isShort = mayBeShort && isText && tokens < SHORT_TOKENS && isPassed();
  if (!isShort || next.length === 0) return [{ steps, end }];
  return next.flatMap((each) => branchesFrom(tree, each, steps, true));
}

function distinct(items: readonly string[]): string[] {
  return [...new Set(items)].sort();
}
