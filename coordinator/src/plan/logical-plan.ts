import type { OperatorId } from '@helium/shared';
import type {
  ConstantOperator,
  FormatOperator,
  FunctionOperator,
  InputOperator,
  LlmOperator,
  Row,
} from './operator.ts';

/** What a plan is made of: maps are expanded, outputs are names of operators. */
export type PlanOperator =
  | InputOperator
  | ConstantOperator
  | LlmOperator
  | FormatOperator
  | FunctionOperator;

/** A result of the run: the text of `value`, once per row. */
export interface LogicalOutput {
  readonly name: string;
  readonly value: OperatorId;
}

/**
 * A validated workflow over its rows. Operators are in topological order; what they have in common
 * over rows is found by lowering, so that rules cost as much as there are operators, however many
 * rows.
 */
export interface LogicalPlan {
  readonly name: string;
  readonly operators: readonly PlanOperator[];
  /** In the workflow's order; at least one. */
  readonly outputs: readonly LogicalOutput[];
  /** At least one. */
  readonly rows: readonly Row[];
  /** By operator: those that were merged into it and that it answers for; absent when none. */
  readonly merged: ReadonlyMap<OperatorId, readonly OperatorId[]>;
  /** LLM operators as submitted: those here, those merged into them, and those pruned. */
  readonly submittedCalls: number;
  readonly prunedCalls: number;
}

/** The plan as submitted, before any rule. `operators` must be in topological order. */
export function createLogicalPlan(parts: {
  readonly name: string;
  readonly operators: readonly PlanOperator[];
  readonly outputs: readonly LogicalOutput[];
  readonly rows: readonly Row[];
}): LogicalPlan {
  const submittedCalls = parts.operators.filter((operator) => operator.kind === 'llm').length;
  return { ...parts, merged: new Map(), submittedCalls, prunedCalls: 0 };
}
