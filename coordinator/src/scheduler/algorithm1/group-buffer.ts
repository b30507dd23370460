import type { OperatorLeaf } from './operator-leaf.ts';
import type { SchedulingNode } from './scheduling-tree.ts';

/** Operators that share a static prompt on one worker and run query by query. */
export interface OperatorGroup {
  readonly worker: number;
  readonly leaves: readonly OperatorLeaf[];
}

/**
 * Collects emitted operators into inner sequences, one per static prompt (paper, section 5). The
 * text releases a group once all operators that share its prompt are emitted; where one of them
 * needs another, directly or through other groups, it starts a new group instead: no order would be
 * feasible otherwise. Groups come in the order of their first operator and depend on groups before
 * them only.
 */
export class GroupBuffer {
  readonly #groups: { readonly worker: number; readonly leaves: OperatorLeaf[] }[] = [];
  /** Per static prompt the number of the group that still collects. */
  readonly #open = new Map<SchedulingNode, number>();
  /** Per leaf number the number of its group. */
  readonly #groupOf: number[] = [];

  get groups(): readonly OperatorGroup[] {
    return this.#groups;
  }

  add(prompt: SchedulingNode, leaf: OperatorLeaf): void {
    const after = leaf.deps.reduce((latest, dep) => Math.max(latest, this.#groupOf[dep]!), -1);
    const open = this.#open.get(prompt) ?? -1;
    const number = open > after ? open : this.#groups.length;
    if (number === this.#groups.length) this.#groups.push({ worker: leaf.worker, leaves: [] });
    this.#groups[number]!.leaves.push(leaf);
    this.#open.set(prompt, number);
    this.#groupOf[leaf.number] = number;
  }
}
