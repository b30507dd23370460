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

/**
 * Algorithm 1 of the paper (section 5) on the operators of a batch whose calls are placed: the
 * groups of all workers in order. A group depends on groups before it only.
 */
export function cacheAwareOrder(
  index: InstanceIndex,
  workerOf: Int32Array,
): readonly OperatorGroup[] {
  const leaves = operatorLeaves(index, workerOf);
  const run = new Algorithm1(index, leaves);
  return run.schedule();
}

class Algorithm1 {
  readonly #index: InstanceIndex;
  readonly #tree: SchedulingTree;
  readonly #dependents: number[][];
  /** Token step each worker has reached. */
  readonly #clock: Float64Array;
  readonly #last: (OperatorLeaf | undefined)[] = [];
  /** Per worker the leaves that wait for nothing but its clock. */
  readonly #blocked: number[][];
  /** Per leaf when the delays of all it needs have passed. */
  readonly #readyAt: Float64Array;
  readonly #missing: Int32Array;
  readonly #buffer = new GroupBuffer();

  constructor(index: InstanceIndex, leaves: readonly OperatorLeaf[]) {
    const { workers } = index.instance;
    this.#index = index;
    this.#tree = buildSchedulingTree(leaves);
    this.#clock = new Float64Array(workers);
    this.#blocked = Array.from({ length: workers }, () => []);
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
      const child = select(node, forceNext);
      if (!child) break;
      if (this.#recurse(child, forceNext)) node.children.splice(node.children.indexOf(child), 1);
      forceNext = false;
      this.#refresh(node);
    }
    return node.children.length === 0;
  }

  #emit(node: SchedulingNode, leaf: OperatorLeaf): void {
    const { worker, number } = leaf;
    const begin = Math.max(this.#clock[worker]!, this.#readyAt[number]!);
    const end = begin + leafUsage(this.#index, leaf, this.#last[worker]);
    this.#clock[worker] = end;
    this.#last[worker] = leaf;
    this.#buffer.add(staticPrefix(node), leaf);
    outdate(node);
    this.#unblock(worker);
    for (const next of this.#dependents[number]!) {
      this.#readyAt[next] = Math.max(this.#readyAt[next]!, end + leaf.delay);
      const consumer = this.#tree.leafNodes[next]!;
      linkSiblings(node, consumer, -1);
      if (--this.#missing[next]! > 0) continue;
      outdate(consumer);
      this.#blocked[consumer.leaf!.worker]!.push(next);
    }
  }

  /** The worker's clock has moved on: fewer of its leaves would block. */
  #unblock(worker: number): void {
    const clock = this.#clock[worker]!;
    this.#blocked[worker] = this.#blocked[worker]!.filter((number) => {
      if (this.#readyAt[number]! > clock) return true;
      outdate(this.#tree.leafNodes[number]!);
      return false;
    });
  }

  /** Brings the states of all that is left below the node up to date: only what is outdated is looked at. */
  #refresh(node: SchedulingNode): void {
    node.isOutdated = false;
    if (node.leaf) {
      const { number, worker, depth } = node.leaf;
      const isSchedulable = this.#missing[number] === 0;
      const readyAt = this.#readyAt[number]!;
      node.schedulableDepth = isSchedulable ? depth : -1;
      node.earliest = isSchedulable ? readyAt : Number.POSITIVE_INFINITY;
      const blocks = readyAt > this.#clock[worker]!;
      node.nonBlockingDepth = blocks ? -1 : node.schedulableDepth;
      return;
    }
    node.schedulableDepth = -1;
    node.nonBlockingDepth = -1;
    node.earliest = Number.POSITIVE_INFINITY;
    for (const child of node.children) {
      if (child.isOutdated) this.#refresh(child);
      if (child.schedulableDepth > node.schedulableDepth) {
        node.schedulableDepth = child.schedulableDepth;
      }
      if (child.nonBlockingDepth > node.nonBlockingDepth) {
        node.nonBlockingDepth = child.nonBlockingDepth;
      }
      if (child.earliest < node.earliest) node.earliest = child.earliest;
    }
  }
}

/** The leaf's state has changed, and with it perhaps that of all above it: above what is outdated, all is. */
function outdate(leaf: SchedulingNode): void {
  let node: SchedulingNode | undefined = leaf;
  for (; node !== undefined && !node.isOutdated; node = node.parent) node.isOutdated = true;
}

/** The child to go on with: greatest depth that does not block, or when forced, the earliest. */
function select({ children }: SchedulingNode, force: boolean): SchedulingNode | undefined {
  let best: SchedulingNode | undefined;
  let isTied = false;
  for (const child of children) {
    if ((force ? child.schedulableDepth : child.nonBlockingDepth) < 0) continue;
    const order = best === undefined ? -1 : compare(child, best, force);
    if (order < 0) best = child;
    isTied = order === 0 || (isTied && order > 0);
  }
  return best !== undefined && isTied ? furthestUpstream(children, best, force) : best;
}

/** Below 0 where `a` comes first by what is told of each alone. */
function compare(a: SchedulingNode, b: SchedulingNode, force: boolean): number {
  const byStep = a.earliest - b.earliest;
  if (force) return byStep || b.schedulableDepth - a.schedulableDepth;
  return b.nonBlockingDepth - a.nonBlockingDepth || byStep;
}

/** Of the candidates that compare equal to `best`: producers come first, then the lowest number. */
function furthestUpstream(
  children: readonly SchedulingNode[],
  best: SchedulingNode,
  force: boolean,
): SchedulingNode {
  const candidates = children.filter(
    (child) => (force ? child.schedulableDepth : child.nonBlockingDepth) >= 0,
  );
  const depths = siblingDepths(candidates);
  let first = -1;
  for (const [place, child] of candidates.entries()) {
    if (compare(child, best, force) !== 0) continue;
    const order =
      first < 0 ? -1 : depths[place]! - depths[first]! || child.number - candidates[first]!.number;
    if (order < 0) first = place;
  }
  return candidates[first]!;
}

/** How far downstream each candidate is among its siblings. */
function siblingDepths(candidates: readonly SchedulingNode[]): Int32Array {
  if (candidates.every(({ dependents }) => dependents === undefined)) {
    return new Int32Array(candidates.length);
  }
  const places = new Map(candidates.map((node, place) => [node, place]));
  const edges = candidates.map(({ dependents }) => {
    const targets: number[] = [];
    for (const sibling of dependents?.keys() ?? []) {
      const place = places.get(sibling);
      if (place !== undefined) targets.push(place);
    }
    return targets;
  });
  return componentDepths(candidates.length, (place) => edges[place]!);
}

/** The longest static prompt above a leaf. */
function staticPrefix(leaf: SchedulingNode): SchedulingNode {
  let node = leaf.parent!;
  while (node.isPerQuery) node = node.parent!;
  return node;
}
