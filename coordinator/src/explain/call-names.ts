import { authoredId, type LogicalPlan, type NodePlan, type PlannedNode } from '../plan/index.ts';
import { namePattern, type PatternLimits, rowList } from './name-pattern.ts';
import { type Shape, shapesOf } from './operator-shapes.ts';

/** Stands before the name of a call that is only expected. */
export const FORESEEN_MARK = '~';

/** The operator of a node, marked where the node is only expected. */
export function nameOf(node: PlannedNode | undefined): string {
  if (node === undefined) return '?';
  return node.answers.length === 0 ? `${FORESEEN_MARK}${node.operator}` : node.operator;
}

/** What to call the calls of a plan. */
export class CallNames {
  readonly #plan: NodePlan;
  readonly #shapes: ReadonlyMap<string, Shape>;

  constructor(plan: NodePlan, submitted: LogicalPlan) {
    this.#plan = plan;
    this.#shapes = shapesOf(submitted);
  }

  /** Equal for calls of operators that differ in texts and names only. */
  shapeOf(node: number): Shape {
    const operator = this.#plan.nodes[node]?.operator ?? '';
    return this.#shapes.get(operator) ?? this.#shapes.get(authoredId(operator)) ?? -1;
  }

  /** "{bull,bear}.opening": the operators of nodes. */
  operators(nodes: readonly number[], limits?: Partial<PatternLimits>): string {
    return namePattern(
      nodes.map((node) => nameOf(this.#plan.nodes[node])),
      limits,
    );
  }

  /** The rows that nodes stand for: "row 0", "all rows". */
  rows(nodes: readonly number[]): string {
    const rows = new Set(nodes.flatMap((node) => this.#plan.nodes[node]?.rows ?? []));
    if (rows.size === this.#plan.rowCount && rows.size > 1) return 'all rows';
    return rowList([...rows]);
  }

  /** "{bull,bear}.opening, row 0". */
  describe(nodes: readonly number[], limits?: Partial<PatternLimits>): string {
    return `${this.operators(nodes, limits)}, ${this.rows(nodes)}`;
  }
}
