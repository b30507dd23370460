import type { OperatorId } from '@helium/shared';
import type { RuntimeOperator } from './logical-plan.ts';
import type { Operator } from './operator.ts';

/**
 * The plan as it is executed: nodes, each one operator for one class of rows (rows whose inputs to it
 * are equal share one node), in topological order. No placement. Node numbers are positions in `nodes`.
 */
export interface PhysicalPlan {
  readonly nodes: readonly PhysicalNode[];
  /** What every row yields: per row (in order) and output name (in the workflow's order), the node whose text it is. */
  readonly outputs: readonly PlanOutput[];
  readonly rowCount: number;
  /** Counts for the run's report, in operator instances (operator × row). */
  readonly counts: PlanCounts;
}

export interface PlanOutput {
  readonly row: number;
  readonly name: string;
  readonly node: number;
}

export interface PhysicalNode {
  readonly operator: OperatorId;
  readonly action: NodeAction;
  /** Nodes whose text this one needs; smaller numbers only, ascending, distinct. */
  readonly inputs: readonly number[];
  /** The rows this node stands for, ascending. */
  readonly rows: readonly number[];
  /**
   * 64 hex digits: equal signatures mean equal texts, known without running anything (from templates and
   * input values all the way up). Undefined below an operator that is not deterministic.
   */
  readonly signature?: string;
}

export type NodeAction =
  /** The text is known: a constant, an input value, or a prompt-cache hit. */
  | { readonly kind: 'value'; readonly text: string; readonly source: 'plan' | 'prompt-cache' }
  /** Evaluate by the coordinator: `refs` in the operator's segments resolve through `bindings`. */
  | {
      readonly kind: 'evaluate';
      readonly operator: Extract<Operator, { kind: 'format' | 'fn' }>;
      readonly bindings: Bindings;
    }
  /** Run by a worker. */
  | {
      readonly kind: 'call';
      readonly operator: Extract<Operator, { kind: 'llm' }>;
      readonly bindings: Bindings;
    }
  /** Becomes further nodes once its inputs are known; its text is that of one of them. */
  | {
      readonly kind: 'expand';
      readonly operator: RuntimeOperator;
      readonly bindings: Bindings;
    };

/** Referenced operator → node that yields its text for this class of rows. */
export type Bindings = ReadonlyMap<OperatorId, number>;

/** In LLM calls: operator × row. submitted = pruned + merged + cached + executed. */
export interface PlanCounts {
  readonly submitted: number;
  /** Not needed for any output (dead, or below a cached result). */
  readonly pruned: number;
  /** Answered by another call of the same plan. */
  readonly merged: number;
  /** Answered by the prompt cache at planning time. */
  readonly cached: number;
}
