import { placeholderCall, type TreeNode } from '../trt/index.ts';

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
  readonly #shapeOfCall: (key: number) => number;
  readonly #numbers = new Map<string, number>();
  readonly #known = new Map<TreeNode, number>();

  constructor(shapeOfCall: (key: number) => number) {
    this.#shapeOfCall = shapeOfCall;
  }

  /** Groups with most calls first, then in the tree's order. */
  groupsBelow(node: TreeNode): readonly BranchGroup[] {
    const groups = new Map<string, TreeBranch[]>();
    for (const branch of branchesBelow(node)) {
      const key = this.#keyOf(branch);
      const group = groups.get(key) ?? [];
      group.push(branch);
      groups.set(key, group);
    }
    const calls = (branches: readonly TreeBranch[]) =>
      branches.reduce((sum, { end }) => sum + end.callCount, 0);
    return [...groups.values()]
      .sort((a, b) => calls(b) - calls(a))
      .map(([first, ...others]) => ({ first: first!, others }));
  }

  #keyOf({ steps, end }: TreeBranch): string {
    const kinds = steps.flatMap((step, i) => {
      const call = placeholderCall(step);
      if (call !== undefined) return `output ${this.#shapeOfCall(call)}`;
      // Texts in a row are one text, however often other prompts part within it.
      const before = steps[i - 1];
      return before === undefined || placeholderCall(before) !== undefined ? 'text' : [];
    });
    return `${kinds.join()} ${this.#shapeOf(end)}`;
  }

  /** Deep trees are rare: prompts part a few dozen times at most. */
  #shapeOf(node: TreeNode): number {
    const known = this.#known.get(node);
    if (known !== undefined) return known;
    const below = branchesBelow(node).map((branch) => this.#keyOf(branch));
    const ends = node.calls.map((call) => this.#shapeOfCall(call));
    const key = JSON.stringify([distinct(below), distinct(ends.map(String))]);
    const shape = this.#numbers.get(key) ?? this.#numbers.size;
    this.#numbers.set(key, shape);
    this.#known.set(node, shape);
    return shape;
  }
}

function branchesBelow(node: TreeNode): readonly TreeBranch[] {
  const above = placeholderCall(node) === undefined && node.parent !== undefined;
  return node.children.flatMap((child) => branchesFrom(child, [], above));
}

/** The branch that begins with the edge to `child`, or those it parts into a few tokens later. */
function branchesFrom(
  child: TreeNode,
  before: readonly TreeNode[],
  mayBeShort: boolean,
): readonly TreeBranch[] {
  const steps = [...before, child];
  let end = child;
  while (end.calls.length === 0 && end.children.length === 1) {
    end = end.children[0]!;
    steps.push(end);
  }
  const isText = steps.every((step) => placeholderCall(step) === undefined);
  const tokens = steps.reduce((sum, step) => sum + step.length, 0);
  const isShort = mayBeShort && isText && tokens < SHORT_TOKENS && end.calls.length === 0;
  if (!isShort || end.children.length === 0) return [{ steps, end }];
  return end.children.flatMap((next) => branchesFrom(next, steps, true));
}

function distinct(items: readonly string[]): string[] {
  return [...new Set(items)].sort();
}
