import type { OperatorId } from '@helium/shared';
import { operatorsWithin, type PlanOperator } from './logical-plan.ts';
import type { PhysicalNode, PhysicalPlan, PlanCounts } from './physical-plan.ts';

/** A physical plan that knows, for every operator × row as submitted, what became of it. */
export interface NodePlan extends PhysicalPlan {
  readonly nodes: readonly PlannedNode[];
  /** The fates of the LLM instances whose nodes are gone from the plan. */
  readonly gone: GoneCounts;
}

export interface PlannedNode extends PhysicalNode {
  /** Every operator × row whose text this is. The first entry is what the node was lowered from. */
  readonly answers: readonly Answer[];
}

/** Instances of one submitted operator; rows ascending. */
export interface Answer {
  readonly operator: OperatorId;
  readonly kind: PlanOperator['kind'];
  readonly rows: readonly number[];
}

export interface GoneCounts {
  readonly pruned: number;
  readonly merged: number;
  readonly cached: number;
}

export const NONE_GONE: GoneCounts = { pruned: 0, merged: 0, cached: 0 };

/** LLM instances that a node answers. */
export function callInstances(node: PlannedNode): number {
  let count = 0;
  for (const answer of node.answers) if (answer.kind === 'llm') count += answer.rows.length;
  return count;
}

/**
 * Counts LLM instances (operator × row). Of the k instances that one node answers, the first has
 * the node's fate, cached when it is a prompt-cache hit and executed when it is a call; the k − 1
 * others are merged, whatever the node's fate. Instances of nodes that no output needs are pruned,
 * all k of them. So a plan's `executed` is its number of call nodes.
 */
export function countPlan(nodes: readonly PlannedNode[], gone: GoneCounts): PlanCounts {
  let { pruned, merged, cached } = gone;
  let submitted = pruned + merged + cached;
  for (const node of nodes) {
    const instances = callInstances(node);
    if (instances === 0) continue;
    submitted += instances;
    merged += instances - 1;
    if (node.action.kind === 'value') cached += 1;
  }
  return { submitted, pruned, merged, cached };
}

/** The operators in bodies that are still to be expanded: rules may have moved them there. */
export function idsInBodies(plan: PhysicalPlan): readonly OperatorId[] {
  return plan.nodes.flatMap(({ action }) =>
    action.kind === 'expand'
      ? operatorsWithin(action.operator)
          .slice(1)
          .map(({ id }) => id)
      : [],
  );
}

/** Calls a worker is still to run. */
export function countCalls(plan: PhysicalPlan): number {
  return plan.nodes.filter((node) => node.action.kind === 'call').length;
}

/** The text of a node that is known without running anything. */
export function knownTextOf(plan: PhysicalPlan, node: number): string | undefined {
  const action = plan.nodes[node]?.action;
  return action?.kind === 'value' ? action.text : undefined;
}
