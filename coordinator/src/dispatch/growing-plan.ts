import { invariant } from '@helium/shared';
import type { PlacedExpansion } from '../optimizer/index.ts';
import {
  type ExpectedShapes,
  type ForeseenNodes,
  foreseeExpansion,
  type NodePlan,
  type PhysicalNode,
  type PlannedNode,
} from '../plan/index.ts';

/** Numbers from here on are of nodes that are foreseen. */
const FORESEEN_FIRST = 2 ** 40;

/** Foreseen nodes of one run at most: they cost planning time and are guesses. */
const FORESEEN_MAX = 10_000;

export interface GrownCalls {
  readonly calls: readonly number[];
  readonly foreseen: readonly number[];
}

/** Whether a node's number is that of one that is foreseen, and will never run. */
export function isForeseen(node: number): boolean {
  return node >= FORESEEN_FIRST;
}

/** The plan of a run in execution, as the shell sees it: it grows by expansions. */
export class GrowingPlan {
  readonly #nodes: PlannedNode[] = [];
  /** What expanded nodes are to those who read them: the text of another. */
  readonly #aliases = new Map<number, PhysicalNode>();
  readonly #dependents = new Map<number, number[]>();
  /** First row and operator → call node. */
  readonly #calls = new Map<string, number>();
  /** By node that is not expanded yet: what it is expected to become. */
  readonly #foreseen = new Map<number, ForeseenNodes>();
  readonly #foreseenNodes = new Map<number, PhysicalNode>();
  /** By expanded node: whose text is its own. */
  readonly #results = new Map<number, number>();
  /** By call: expansions after which its prompt is put together anew. */
  readonly #renewAfter = new Map<number, number>();
  #nextForeseen: number;

  /** `foreseenFrom`: number of the first node that is foreseen; none of the plan's may be as large. */
  constructor(plan: NodePlan, foreseenFrom = FORESEEN_FIRST) {
    this.#nextForeseen = foreseenFrom;
    this.#add(plan.nodes);
  }

  /** In the order of their numbers. */
  get foreseenNodes(): readonly PhysicalNode[] {
    return [...this.#foreseenNodes.values()];
  }

  get size(): number {
    return this.#nodes.length;
  }

  node(number: number): PlannedNode {
    const node = this.#nodes[number];
    invariant(node !== undefined, `there is no node ${number}`);
    return node;
  }

  /**
   * As prompts are put together: an expanded node, or one of which it is foreseen what it becomes, reads as
   * the text of its result.
   */
  readonly seen = (number: number): PhysicalNode | undefined =>
    this.#aliases.get(number) ?? this.#nodes[number] ?? this.#foreseenNodes.get(number);

  /** Foresees what these nodes become, as far as they are to be expanded. Returns the calls among that. */
  foresee(numbers: Iterable<number>, shapes: ExpectedShapes): number[] {
    const calls: number[] = [];
    for (const number of numbers) {
      const node = this.#nodes[number];
      if (node?.action.kind !== 'expand' || this.#foreseenNodes.size > FORESEEN_MAX) continue;
      const { operator, bindings } = node.action;
      const allot = () => this.#nextForeseen++;
      const foreseen = foreseeExpansion(node, operator, bindings, shapes, allot);
      this.#foreseen.set(number, foreseen);
      this.#alias(number, foreseen.result);
      for (const [each, made] of foreseen.nodes) this.#foreseenNodes.set(each, made);
      calls.push(...callsOf(foreseen));
    }
    return calls;
  }

  findCall(row: number | undefined, operator: string): number | undefined {
    return this.#calls.get(`${row} ${operator}`);
  }

  /**
   * The node was expanded: calls after it whose prompts are to be put together anew; ascending. Of a call that
   * waits for many expansions, that is when half of those left are done, and when all are: thousands that each
   * tell a piece of a prompt would cost the square of their number.
   */
  takeRenewed(number: number): number[] {
    return this.#callsAfter(number).filter((call) => {
      const left = (this.#renewAfter.get(call) ?? 1) - 1;
      if (left === 0) this.#renewAfter.delete(call);
      else this.#renewAfter.set(call, left);
      if (left > 0) return false;
      const pending = this.#expansionsBefore(call);
      if (pending > 1) this.#renewAfter.set(call, Math.ceil(pending / 2));
      return true;
    });
  }

  /** Nodes still to be expanded that the call depends on by way of no other call. */
  #expansionsBefore(call: number): number {
    let count = 0;
    const seen = new Set<number>();
    const pending = [...(this.#nodes[call]?.inputs ?? [])];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      const node = this.#nodes[next];
      const result = this.#results.get(next);
      if (result !== undefined) pending.push(result);
      else if (node !== undefined && node.action.kind !== 'call') {
        if (node.action.kind === 'expand') count += 1;
        pending.push(...node.inputs);
      }
    }
    return count;
  }

  /** Calls whose prompts, or whose turn, depend on the node by way of no other call; ascending. */
  #callsAfter(number: number): number[] {
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

  /** Returns the calls among the new nodes, and those that were foreseen in their place. */
  expand(number: number, { nodes, result }: PlacedExpansion): GrownCalls {
    const first = this.#nodes.length;
    this.#add(nodes);
    this.#alias(number, result);
    this.#results.set(number, result);
    this.#dependents.set(result, [...(this.#dependents.get(result) ?? []), number]);
    const foreseen = this.#foreseen.get(number);
    this.#foreseen.delete(number);
    for (const each of foreseen?.nodes.keys() ?? []) this.#foreseenNodes.delete(each);
    const calls = nodes.flatMap(({ action }, i) => (action.kind === 'call' ? first + i : []));
    return { calls, foreseen: foreseen === undefined ? [] : callsOf(foreseen) };
  }

  #alias(number: number, result: number): void {
    const node = this.node(number);
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

function callsOf({ nodes }: ForeseenNodes): number[] {
  return [...nodes].flatMap(([number, { action }]) => (action.kind === 'call' ? number : []));
}
