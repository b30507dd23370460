import type { OperatorLeaf } from './operator-leaf.ts';

/**
 * A node of the tree that mirrors the templated radix tree of one batch: the root, below it a node
 * per worker, below that the templates, operators as leaves. States are refreshed as operators are
 * emitted.
 */
export interface SchedulingNode {
  parent: SchedulingNode | undefined;
  /** Place among all nodes in the order of creation; breaks every tie. */
  readonly number: number;
  /** Whether the template on the way here holds a placeholder: below, query by query. */
  readonly isPerQuery: boolean;
  readonly leaf: OperatorLeaf | undefined;
  children: SchedulingNode[];
  /**
   * Siblings that hold a dependant of a leaf below this node, with how many such pairs are left. Undefined for
   * most: a map of each node would take most of the time of making the tree.
   */
  dependents: Map<SchedulingNode, number> | undefined;
  /** From the root down: 0 for the root. */
  level: number;
  /** Whether the states below may have changed; then it is so of all nodes above. */
  isOutdated: boolean;
  /** Greatest dependency depth below of what can be emitted without blocking; -1: nothing. */
  nonBlockingDepth: number;
  /** Greatest dependency depth below of what can be emitted at all; -1: nothing. */
  schedulableDepth: number;
  /** Earliest token step at which something below can start. */
  earliest: number;
}

export interface SchedulingTree {
  readonly root: SchedulingNode;
  /** Per leaf its node. */
  readonly leafNodes: readonly SchedulingNode[];
}

/** O(Σ columns + dependencies × depth). */
export function buildSchedulingTree(leaves: readonly OperatorLeaf[]): SchedulingTree {
  const builder = new TreeBuilder();
  const leafNodes = leaves.map((leaf) => {
    let node = builder.child(builder.root, `w${leaf.worker}`, false);
    for (const column of leaf.columns) {
      node = builder.child(node, column.key, node.isPerQuery || column.isPlaceholder);
    }
    return builder.add(node, node.isPerQuery, leaf);
  });
  joinChains(builder.root);
  for (const leaf of leaves) {
    for (const dep of leaf.deps) linkSiblings(leafNodes[dep]!, leafNodes[leaf.number]!, 1);
  }
  return { root: builder.root, leafNodes };
}

/**
 * Makes one node of those that follow each other without a branch: nothing is decided between them, and a
 * prompt that holds thousands of outputs would be as deep as it is long.
 */
function joinChains(root: SchedulingNode): void {
  const joined = [root];
  for (const node of joined) {
    for (const child of node.children) {
      for (let next = onlyChild(child); next !== undefined; next = onlyChild(child)) {
        child.children = next.children;
        for (const below of child.children) below.parent = child;
      }
      child.level = node.level + 1;
      joined.push(child);
    }
  }
}

/** Of the same kind, and no leaf. */
function onlyChild({ children, isPerQuery }: SchedulingNode): SchedulingNode | undefined {
  const [only, second] = children;
  const isSame = second === undefined && only?.isPerQuery === isPerQuery;
  return isSame && only.leaf === undefined ? only : undefined;
}

/**
 * Adds `count` to the edge between the two siblings above producer and consumer, below their lowest
 * common ancestor.
 */
export function linkSiblings(
  producer: SchedulingNode,
  consumer: SchedulingNode,
  count: number,
): void {
  let [upper, lower] = [producer, consumer];
  while (upper.level > lower.level) upper = upper.parent!;
  while (lower.level > upper.level) lower = lower.parent!;
  while (upper.parent !== lower.parent) {
    upper = upper.parent!;
    lower = lower.parent!;
  }
  upper.dependents ??= new Map();
  const left = (upper.dependents.get(lower) ?? 0) + count;
  if (left > 0) upper.dependents.set(lower, left);
  else upper.dependents.delete(lower);
}

class TreeBuilder {
  readonly root: SchedulingNode;
  readonly #children = new Map<SchedulingNode, Map<string, SchedulingNode>>();
  #count = 0;

  constructor() {
    this.root = this.#create(undefined, false, undefined);
  }

  child(node: SchedulingNode, key: string, isPerQuery: boolean): SchedulingNode {
    let known = this.#children.get(node);
    if (known === undefined) {
      known = new Map();
      this.#children.set(node, known);
    }
    let child = known.get(key);
    if (child === undefined) {
      child = this.add(node, isPerQuery, undefined);
      known.set(key, child);
    }
    return child;
  }

  add(parent: SchedulingNode, isPerQuery: boolean, leaf: OperatorLeaf | undefined): SchedulingNode {
    const node = this.#create(parent, isPerQuery, leaf);
    parent.children.push(node);
    return node;
  }

  #create(
    parent: SchedulingNode | undefined,
    isPerQuery: boolean,
    leaf: OperatorLeaf | undefined,
  ): SchedulingNode {
    return {
      parent,
      number: this.#count++,
      isPerQuery,
      leaf,
      children: [],
      dependents: undefined,
      level: parent === undefined ? 0 : parent.level + 1,
      isOutdated: true,
      nonBlockingDepth: -1,
      schedulableDepth: -1,
      earliest: Number.POSITIVE_INFINITY,
    };
  }
}
