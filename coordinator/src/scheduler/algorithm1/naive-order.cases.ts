import type { InstanceIndex } from '../instance-index.ts';
import { GroupBuffer, type OperatorGroup } from './group-buffer.ts';
import { leafUsage, type OperatorLeaf, operatorLeaves } from './operator-leaf.ts';
import {
  buildSchedulingTree,
  linkSiblings,
  type SchedulingNode,
  type SchedulingTree,
} from './scheduling-tree.ts';
import { componentDepths } from './sibling-depths.ts';

/** For tests: algorithm 1 with every state below a node computed anew, and every tie looked into. */
export function naiveOrder(index: InstanceIndex, workerOf: Int32Array): readonly OperatorGroup[] {
  return new NaiveAlgorithm1(index, operatorLeaves(index, workerOf)).schedule();
}

class NaiveAlgorithm1 {
  readonly #index: InstanceIndex;
  readonly #tree: SchedulingTree;
  readonly #dependents: number[][];
  /** Token step each worker has reached. */
  readonly #clock: number[] = [];
  readonly #last: (OperatorLeaf | undefined)[] = [];
  /** Per leaf when the delays of all it needs have passed. */
  readonly #readyAt: Float64Array;
  readonly #missing: Int32Array;
  readonly #buffer = new GroupBuffer();

  constructor(index: InstanceIndex, leaves: readonly OperatorLeaf[]) {
    this.#index = index;
    this.#tree = buildSchedulingTree(leaves);
    this.#readyAt = new Float64Array(leaves.length);
    this.#missing = Int32Array.from(leaves, (leaf) => leaf.deps.length);
    this.#dependents = leaves.map(() => []);
    for (const leaf of leaves) {
      for (const dep of leaf.deps) this.#dependents[dep]!.push(leaf.number);
    }
  }

  schedule(): readonly OperatorGroup[] {
    const { root } = this.#tree;
    this.#refresh(root);
    while (root.children.length > 0) {
      // Where everything left would block, the earliest is forced.
      this.#recurse(root, root.nonBlockingDepth < 0);
    }
    return this.#buffer.groups;
  }

  /** Emits what it can below the node; true when nothing is left there. */
  #recurse(node: SchedulingNode, force: boolean): boolean {
    if (node.leaf) {
      this.#emit(node, node.leaf);
      return true;
    }
    let forceNext = force;
    for (;;) {
      const child = this.#select(node, forceNext);
      if (!child) break;
      if (this.#recurse(child, forceNext)) {
        node.children = node.children.filter((other) => other !== child);
      }
      forceNext = false;
      this.#refresh(node);
    }
    return node.children.length === 0;
  }

  /** The child to go on with: greatest depth that does not block, or when forced, the earliest. */
  #select(node: SchedulingNode, force: boolean): SchedulingNode | undefined {
    const candidates = node.children.filter((child) =>
      force ? child.schedulableDepth >= 0 : child.nonBlockingDepth >= 0,
    );
    if (candidates.length <= 1) return candidates[0];
    const depths = siblingDepths(candidates);
    const places = candidates.map((_, place) => place);
    places.sort((a, b) => {
      const left = candidates[a]!;
      const right = candidates[b]!;
      const byDepth = force
        ? right.schedulableDepth - left.schedulableDepth
        : right.nonBlockingDepth - left.nonBlockingDepth;
      const byStep = left.earliest - right.earliest;
      const first = force ? byStep || byDepth : byDepth || byStep;
      return first || depths[a]! - depths[b]! || left.number - right.number;
    });
    return candidates[places[0]!];
  }

  #emit(node: SchedulingNode, leaf: OperatorLeaf): void {
    const { worker, number } = leaf;
    const begin = Math.max(this.#clock[worker] ?? 0, this.#readyAt[number]!);
    const end = begin + leafUsage(this.#index, leaf, this.#last[worker]);
    this.#clock[worker] = end;
    this.#last[worker] = leaf;
    this.#buffer.add(staticPrefix(node), leaf);
    for (const next of this.#dependents[number]!) {
      this.#readyAt[next] = Math.max(this.#readyAt[next]!, end + leaf.delay);
      this.#missing[next]!--;
      linkSiblings(node, this.#tree.leafNodes[next]!, -1);
    }
  }

  /** Brings the states of all that is left below the node up to date. */
  #refresh(node: SchedulingNode): void {
    if (node.leaf) {
      const { number, worker, depth } = node.leaf;
      const isSchedulable = this.#missing[number] === 0;
      const readyAt = this.#readyAt[number]!;
      node.schedulableDepth = isSchedulable ? depth : -1;
      node.earliest = isSchedulable ? readyAt : Number.POSITIVE_INFINITY;
      const blocks = readyAt > (this.#clock[worker] ?? 0);
      node.nonBlockingDepth = blocks ? -1 : node.schedulableDepth;
      return;
    }
    node.schedulableDepth = -1;
    node.nonBlockingDepth = -1;
    node.earliest = Number.POSITIVE_INFINITY;
    for (const child of node.children) {
      this.#refresh(child);
      node.schedulableDepth = Math.max(node.schedulableDepth, child.schedulableDepth);
      node.nonBlockingDepth = Math.max(node.nonBlockingDepth, child.nonBlockingDepth);
      node.earliest = Math.min(node.earliest, child.earliest);
    }
  }
}

/** How far downstream each candidate is among its siblings: producers come first. */
function siblingDepths(candidates: readonly SchedulingNode[]): Int32Array {
  const places = new Map(candidates.map((node, place) => [node, place]));
  return componentDepths(candidates.length, (place) =>
    [...(candidates[place]!.dependents?.keys() ?? [])].flatMap(
      (sibling) => places.get(sibling) ?? [],
    ),
  );
}

/** The longest static prompt above a leaf. */
function staticPrefix(leaf: SchedulingNode): SchedulingNode {
  let node = leaf.parent!;
  while (node.isPerQuery) node = node.parent!;
  return node;
}
