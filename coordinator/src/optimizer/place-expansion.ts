import { invariant } from '@helium/shared';
import type { NodeAction, NodePlan, PlanCounts, PlannedNode } from '../plan/index.ts';

/** A planned expansion in the numbers and rows of the plan that it becomes part of. */
export interface PlacedExpansion {
  /** The first has the number asked for, the others follow. */
  readonly nodes: readonly PlannedNode[];
  /** Whose text is that of the expanded node. */
  readonly result: number;
  readonly counts: PlanCounts;
}

/**
 * The rows of all instances that a node to be expanded answers for: one row of its expansion each.
 * Texts that merely repeat its text are none.
 */
export function instanceRows(node: PlannedNode): readonly number[] {
  const [first] = node.answers;
  return node.answers.flatMap(({ kind, rows }) => (kind === first?.kind ? rows : []));
}

/**
 * Puts the plan of `expandOperator`'s operators in the place of the node that was expanded: its nodes
 * are numbered from `first`, its rows are those of the node's instances. Rows that instances share
 * stand in `answers` as often as they do.
 */
export function placeExpansion(
  planned: NodePlan,
  expanded: PlannedNode,
  first: number,
): PlacedExpansion {
  const rowOf = instanceRows(expanded);
  const results = new Set(planned.outputs.map(({ node }) => node));
  const [result, ...others] = results;
  invariant(
    result !== undefined && others.length === 0,
    `the expansion of "${expanded.operator}" has ${results.size} results`,
  );
  const nodes = planned.nodes.map((node): PlannedNode => {
    const rows = node.rows.map((row) => rowOf[row]!);
    return {
      ...node,
      action: renumber(node.action, first),
      inputs: node.inputs.map((input) => input + first),
      rows: [...new Set(rows)].sort((a, b) => a - b),
      answers: node.answers.map((answer) => ({
        ...answer,
        rows: answer.rows.map((row) => rowOf[row]!),
      })),
    };
  });
  return { nodes, result: result + first, counts: planned.counts };
}

function renumber(action: NodeAction, first: number): NodeAction {
  if (action.kind === 'value') return action;
  const bindings = new Map([...action.bindings].map(([id, node]) => [id, node + first]));
  return { ...action, bindings } as NodeAction;
}
