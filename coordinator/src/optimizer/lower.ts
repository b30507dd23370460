import { invariant, type OperatorId } from '@helium/shared';
import {
  type Answer,
  type Bindings,
  type Content,
  contentSignature,
  countPlan,
  type Identities,
  isRepeatable,
  knownContent,
  type LiteralContents,
  type LogicalPlan,
  NONE_GONE,
  type NodeAction,
  type NodePlan,
  operatorContent,
  type PlannedNode,
  type PlanOperator,
  type PlanOutput,
  type Row,
  referableContent,
  referencesOf,
} from '../plan/index.ts';
import { type Partition, PartitionTable } from './partition.ts';

/**
 * Lowers operators over rows to nodes: one per operator and class of rows whose inputs to it are
 * equal, or per row where the operator is not repeatable. Nodes are in the order of operators, then
 * of first rows. Cost: O(operators + nodes × references), and O(rows) per distinct partition of the
 * rows.
 */
export function lowerPlan(plan: LogicalPlan, identities: Identities): NodePlan {
  const table = new PartitionTable(plan.rows);
  const lowered = new Map<OperatorId, LoweredOperator>();
  const nodes: PlannedNode[] = [];
  const contents: (Content | undefined)[] = [];
  const literals: LiteralContents = new Map();

  for (const operator of plan.operators) {
    const references = referencesOf(operator);
    const partition = partitionOf(operator, references, lowered, table);
    const contentFor = operatorContent(operator, identities, literals);
    const first = nodes.length;
    const answering = [operator.id, ...(plan.merged.get(operator.id) ?? [])];
    for (const rows of partition.rowsOf) {
      const bindings = bindingsOf(references, rows[0]!, lowered);
      const column = columnContent(operator, plan.rows[rows[0]!]!);
      const content = contentFor((id) => contents[bindings.get(id)!], column);
      contents.push(content === undefined ? undefined : referableContent(content));
      nodes.push({
        operator: operator.id,
        action: actionOf(operator, plan.rows[rows[0]!]!, bindings),
        inputs: inputsOf(bindings),
        rows,
        answers: answering.map((id): Answer => ({ operator: id, kind: operator.kind, rows })),
        ...(content === undefined ? {} : { signature: contentSignature(content) }),
      });
    }
    lowered.set(operator.id, { partition, first });
  }
  const gone = { ...NONE_GONE, pruned: plan.prunedCalls * plan.rows.length };
  const outputs = outputsOf(plan, (id, row) => nodeFor(id, row, lowered));
  return { nodes, outputs, rowCount: plan.rows.length, gone, counts: countPlan(nodes, gone) };
}

/**
 * Lowers without finding anything in common: one node per operator × row, row 0's operators in plan
 * order, then row 1's, and so on. The yardstick that every other plan must equal.
 */
export function lowerNaively(plan: LogicalPlan): NodePlan {
  const nodes: PlannedNode[] = [];
  const outputs: PlanOutput[] = [];
  for (const [row, fields] of plan.rows.entries()) {
    const rows = [row];
    const byOperator = new Map<OperatorId, number>();
    for (const operator of plan.operators) {
      const { id, kind } = operator;
      const references = referencesOf(operator);
      const bindings = new Map(references.map((ref) => [ref, byOperator.get(ref)!]));
      byOperator.set(id, nodes.length);
      nodes.push({
        operator: id,
        action: actionOf(operator, fields, bindings),
        inputs: inputsOf(bindings),
        rows,
        answers: [{ operator: id, kind, rows }],
      });
    }
    for (const { name, value } of plan.outputs) {
      outputs.push({ row, name, node: byOperator.get(value)! });
    }
  }
  const gone = { ...NONE_GONE, pruned: plan.prunedCalls * plan.rows.length };
  const counts = countPlan(nodes, gone);
  return { nodes, outputs, rowCount: plan.rows.length, gone, counts };
}

interface LoweredOperator {
  readonly partition: Partition;
  /** The node of its class 0; the others follow. */
  readonly first: number;
}

type Lowered = ReadonlyMap<OperatorId, LoweredOperator>;

function partitionOf(
  operator: PlanOperator,
  references: readonly OperatorId[],
  lowered: Lowered,
  table: PartitionTable,
): Partition {
  if (operator.kind === 'input') return table.byField(operator.field);
  if (!isRepeatable(operator)) return table.discrete;
  let partition = table.whole;
  for (const id of references) {
    partition = table.refine(partition, lowered.get(id)!.partition);
  }
  return partition;
}

function nodeFor(id: OperatorId, row: number, lowered: Lowered): number {
  const operator = lowered.get(id);
  invariant(operator !== undefined, `operator "${id}" is not lowered before its use`);
  return operator.first + operator.partition.classOf[row]!;
}

function bindingsOf(references: readonly OperatorId[], row: number, lowered: Lowered): Bindings {
  return new Map(references.map((id) => [id, nodeFor(id, row, lowered)]));
}

function inputsOf(bindings: Bindings): readonly number[] {
  return [...new Set(bindings.values())].sort((a, b) => a - b);
}

function columnContent(operator: PlanOperator, row: Row): Content | undefined {
  return operator.kind === 'input' ? knownContent(row[operator.field]!) : undefined;
}

function actionOf(operator: PlanOperator, row: Row, bindings: Bindings): NodeAction {
  switch (operator.kind) {
    case 'input':
      return { kind: 'value', text: row[operator.field]!, source: 'plan' };
    case 'constant':
      return { kind: 'value', text: operator.text, source: 'plan' };
    case 'format':
    case 'fn':
      return { kind: 'evaluate', operator, bindings };
    case 'llm':
      return { kind: 'call', operator, bindings };
    case 'each':
    case 'cond':
    case 'loop':
      return { kind: 'expand', operator, bindings };
  }
}

function outputsOf(
  plan: LogicalPlan,
  nodeOf: (id: OperatorId, row: number) => number,
): readonly PlanOutput[] {
  return plan.rows.flatMap((_, row) =>
    plan.outputs.map(({ name, value }) => ({ row, name, node: nodeOf(value, row) })),
  );
}
