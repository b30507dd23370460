import { invariant } from '@helium/shared';
import type { PlacedExpansion } from '../optimizer/index.ts';
import type { NodePlan, PhysicalNode, PlannedNode } from '../plan/index.ts';

/** The plan of a run in execution, as the shell sees it: it grows by expansions. */
export class GrowingPlan {
  readonly #nodes: PlannedNode[] = [];
  /** What expanded nodes are to those who read them: the text of another. */
  readonly #aliases = new Map<number, PhysicalNode>();
  readonly #dependents = new Map<number, number[]>();
  /** First row and operator → call node. */
  readonly #calls = new Map<string, number>();

  constructor(plan: NodePlan) {
    this.#add(plan.nodes);
  }

  get size(): number {
    return this.#nodes.length;
  }

  node(number: number): PlannedNode {
    const node = this.#nodes[number];
    invariant(node !== undefined, `there is no node ${number}`);
    return node;
  }

  /** As prompts are put together: an expanded node reads as the text of its result. */
  readonly seen = (number: number): PhysicalNode | undefined =>
    this.#aliases.get(number) ?? this.#nodes[number];

  findCall(row: number | undefined, operator: string): number | undefined {
    return this.#calls.get(`${row} ${operator}`);
  }

  /** Calls whose prompts, or whose turn, depend on the node by way of no other call; ascending. */
  callsAfter(number: number): number[] {
    const found = new Set<number>();
    const seen = new Set<number>();
    const pending = [number];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      for (const dependent of this.#dependents.get(next) ?? []) {
        if (seen.has(dependent)) continue;
        seen.add(dependent);
        if (this.#nodes[dependent]?.action.kind === 'call') found.add(dependent);
        else pending.push(dependent);
      }
    }
    return [...found].sort((a, b) => a - b);
  }

  /** Returns the numbers of the calls among the new nodes. */
  expand(number: number, { nodes, result }: PlacedExpansion): number[] {
    const node = this.node(number);
    const first = this.#nodes.length;
    this.#add(nodes);
    const content = [{ kind: 'ref', operator: node.operator } as const];
    this.#aliases.set(number, {
      ...node,
      inputs: [result],
      action: {
        kind: 'evaluate',
        operator: { kind: 'format', id: node.operator, content },
        bindings: new Map([[node.operator, result]]),
      },
    });
    this.#dependents.set(result, [...(this.#dependents.get(result) ?? []), number]);
    return nodes.flatMap(({ action }, i) => (action.kind === 'call' ? first + i : []));
  }

  #add(nodes: readonly PlannedNode[]): void {
    for (const node of nodes) {
      const number = this.#nodes.push(node) - 1;
      if (node.action.kind === 'call') {
        this.#calls.set(`${node.rows[0]} ${node.operator}`, number);
      }
      for (const input of node.inputs) {
        const dependents = this.#dependents.get(input);
        if (dependents === undefined) this.#dependents.set(input, [number]);
        else dependents.push(number);
      }
    }
  }
}
