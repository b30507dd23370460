import type { LogicalPlan, NodePlan } from '../plan/index.ts';
import { namePattern, type PatternLimits, rowList } from './name-pattern.ts';
import { type Shape, shapesOf } from './operator-shapes.ts';

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
    return this.#shapes.get(this.#plan.nodes[node]?.operator ?? '') ?? -1;
  }

  /** "{bull,bear}.opening": the operators of nodes. */
  operators(nodes: readonly number[], limits?: Partial<PatternLimits>): string {
    return namePattern(
      nodes.map((node) => this.#plan.nodes[node]?.operator ?? '?'),
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
