import type { OperatorId } from '@helium/shared';
import type {
  Body,
  CondOperator,
  ConstantOperator,
  EachOperator,
  FormatOperator,
  FunctionOperator,
  InputOperator,
  LlmOperator,
  LoopOperator,
  Row,
} from './operator.ts';

/** What a plan is made of: maps over known lists are expanded, outputs are names of operators. */
export type PlanOperator =
  | InputOperator
  | ConstantOperator
  | LlmOperator
  | FormatOperator
  | FunctionOperator
  | RuntimeOperator;

/**
 * What becomes operators only when a text is known. Bodies are in topological order and hold no
 * inputs; predicates are told by texts alone.
 */
export type RuntimeOperator =
  | EachOperator<PlanOperator>
  | CondOperator<PlanOperator>
  | LoopOperator<PlanOperator>;

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
  /**
   * LLM operators as submitted: those here, those merged into them, and those pruned. Those in bodies
   * count once they are expanded.
   */
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

/** Whether the operator becomes others at run time. */
export function isRuntime(operator: PlanOperator): operator is RuntimeOperator {
  return operator.kind === 'each' || operator.kind === 'cond' || operator.kind === 'loop';
}

/** The bodies of an operator; none of one that has no inner scope. */
export function bodiesOf(operator: PlanOperator): readonly Body<PlanOperator>[] {
  switch (operator.kind) {
    case 'each':
    case 'loop':
      return [operator.body];
    case 'cond':
      return [operator.branches.yes, operator.branches.no];
    default:
      return [];
  }
}

/** The operator and everything in its bodies, outermost first. */
export function operatorsWithin(operator: PlanOperator): readonly PlanOperator[] {
  const inner = bodiesOf(operator).flatMap((body) => body.operators);
  return [operator, ...inner.flatMap(operatorsWithin)];
}
