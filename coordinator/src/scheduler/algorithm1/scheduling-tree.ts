import type { OperatorLeaf } from './operator-leaf.ts';

/**
 * A node of the tree that mirrors the templated radix tree of one batch: the root, below it a node
 * per worker, below that the templates, operators as leaves. States are refreshed as operators are
 * emitted.
 */
export interface SchedulingNode {
  readonly parent: SchedulingNode | undefined;
  /** Place among all nodes in the order of creation; breaks every tie. */
  readonly number: number;
  /** Whether the template on the way here holds a placeholder: below, query by query. */
  readonly isPerQuery: boolean;
  readonly leaf: OperatorLeaf | undefined;
  children: SchedulingNode[];
  /**
   * Siblings that hold a dependant of a leaf below this node, with how many such pairs are left.
   */
  readonly dependents: Map<SchedulingNode, number>;
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
  for (const leaf of leaves) {
    for (const dep of leaf.deps) linkSiblings(leafNodes[dep]!, leafNodes[leaf.number]!, 1);
  }
  return { root: builder.root, leafNodes };
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
  const above = new Map<SchedulingNode, SchedulingNode>();
  for (let node = producer; node.parent; node = node.parent) above.set(node.parent, node);
  let lower = consumer;
  while (!above.has(lower.parent!)) lower = lower.parent!;
  const { dependents } = above.get(lower.parent!)!;
  const left = (dependents.get(lower) ?? 0) + count;
  if (left > 0) dependents.set(lower, left);
  else dependents.delete(lower);
}

class TreeBuilder {
  readonly root: SchedulingNode;
  readonly #children = new Map<SchedulingNode, Map<string, SchedulingNode>>();
  #count = 0;

  constructor() {
    this.root = this.#create(undefined, false, undefined);
  }

  child(node: SchedulingNode, key: string, isPerQuery: boolean): SchedulingNode {
    const known = this.#children.get(node) ?? new Map<string, SchedulingNode>();
    this.#children.set(node, known);
    const child = known.get(key) ?? this.add(node, isPerQuery, undefined);
    known.set(key, child);
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
      dependents: new Map(),
      nonBlockingDepth: -1,
      schedulableDepth: -1,
      earliest: Number.POSITIVE_INFINITY,
    };
  }
}
