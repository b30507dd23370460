import { invariant, type OperatorId } from '@helium/shared';
import {
  callInstances,
  type LogicalPlan,
  type NodePlan,
  type PlannedNode,
  referencesOf,
} from '../plan/index.ts';

/**
 * Guards what every rule must leave true of a logical plan: ids unique, references to earlier
 * operators only, outputs bound, every submitted call accounted for. Throws INVARIANT_BROKEN naming
 * `after`.
 */
export function checkLogicalPlan(plan: LogicalPlan, after: string): void {
  const broken = (what: string) => `after ${after}: ${what}`;
  const seen = new Set<OperatorId>();
  let calls = plan.prunedCalls;
  for (const operator of plan.operators) {
    invariant(!seen.has(operator.id), broken(`operator "${operator.id}" is there twice`));
    for (const id of referencesOf(operator)) {
      invariant(seen.has(id), broken(`"${operator.id}" refers to "${id}", which is not before it`));
    }
    seen.add(operator.id);
    if (operator.kind === 'llm') calls += 1 + (plan.merged.get(operator.id)?.length ?? 0);
  }
  for (const { name, value } of plan.outputs) {
    invariant(seen.has(value), broken(`output "${name}" is of "${value}", which is gone`));
  }
  for (const id of plan.merged.keys()) {
    invariant(seen.has(id), broken(`"${id}" answers for others and is gone`));
  }
  const sum = `${calls} calls accounted for, ${plan.submittedCalls} submitted`;
  invariant(calls === plan.submittedCalls, broken(sum));
}

/**
 * Guards what every rule must leave true of a physical plan: inputs exactly the bound nodes,
 * ascending and before their use; every reference bound; rows ascending; one text per row and
 * output; every submitted instance in exactly one node or gone. Throws INVARIANT_BROKEN naming
 * `after`.
 */
export function checkNodePlan(plan: NodePlan, submitted: LogicalPlan, after: string): void {
  for (const [i, node] of plan.nodes.entries()) checkNode(node, i, plan, after);
  checkAnswers(plan, after);
  checkOutputs(plan, submitted, after);
  checkCounts(plan, submitted, after);
}

function checkNode(node: PlannedNode, index: number, plan: NodePlan, after: string): void {
  const broken = (what: string) => `after ${after}: node ${index} (${node.operator}): ${what}`;
  invariant(isAscending(node.inputs, index), broken(`inputs are ${node.inputs}`));
  invariant(
    node.rows.length > 0 && isAscending(node.rows, plan.rowCount),
    broken('rows are wrong'),
  );
  invariant(
    node.signature === undefined || /^[0-9a-f]{64}$/.test(node.signature),
    broken(`signature is ${node.signature}`),
  );
  if (node.action.kind === 'value') {
    invariant(node.inputs.length === 0, broken('is a value with inputs'));
    return;
  }
  const { operator, bindings } = node.action;
  for (const id of referencesOf(operator)) {
    invariant(bindings.has(id), broken(`reference to "${id}" is not bound`));
  }
  const bound = new Set(bindings.values());
  const isExact = bound.size === node.inputs.length && node.inputs.every((n) => bound.has(n));
  invariant(isExact, broken(`inputs are ${node.inputs}, bound are ${[...bound]}`));
}

function checkAnswers(plan: NodePlan, after: string): void {
  const answered = new Map<OperatorId, Uint8Array>();
  for (const [index, node] of plan.nodes.entries()) {
    const broken = `after ${after}: node ${index} (${node.operator})`;
    invariant(node.answers[0]?.operator === node.operator, `${broken} is named for another`);
    for (const { operator, rows } of node.answers) {
      invariant(rows.length > 0, `${broken}: answers no row of "${operator}"`);
      const seen = answered.get(operator) ?? new Uint8Array(plan.rowCount);
      for (const row of rows) {
        invariant(seen[row] === 0, `${broken}: row ${row} of "${operator}" is answered twice`);
        seen[row] = 1;
      }
      answered.set(operator, seen);
    }
  }
}

function checkOutputs(plan: NodePlan, submitted: LogicalPlan, after: string): void {
  const names = submitted.outputs.map((output) => output.name);
  const expected = plan.rowCount * names.length;
  const count = `after ${after}: ${plan.outputs.length} outputs, should be ${expected}`;
  invariant(plan.outputs.length === expected, count);
  for (const [i, output] of plan.outputs.entries()) {
    const row = Math.floor(i / names.length);
    const isInPlace = output.row === row && output.name === names[i % names.length];
    invariant(isInPlace, `after ${after}: output ${i} is "${output.name}" of row ${output.row}`);
    const isNode = plan.nodes[output.node] !== undefined;
    invariant(isNode, `after ${after}: output ${i} is of node ${output.node}, which is not there`);
  }
}

function checkCounts(plan: NodePlan, submitted: LogicalPlan, after: string): void {
  const { pruned, merged, cached } = plan.gone;
  let instances = pruned + merged + cached;
  for (const node of plan.nodes) instances += callInstances(node);
  const expected = submitted.submittedCalls * submitted.rows.length;
  const { counts } = plan;
  const sum = `${instances} call instances accounted for, ${expected} submitted`;
  invariant(instances === expected && counts.submitted === expected, `after ${after}: ${sum}`);
  const executed = counts.submitted - counts.pruned - counts.merged - counts.cached;
  const calls = plan.nodes.filter((node) => node.action.kind === 'call').length;
  invariant(executed === calls, `after ${after}: ${calls} calls, counts leave ${executed}`);
}

/** Strictly ascending whole numbers in [0, end). */
function isAscending(numbers: readonly number[], end: number): boolean {
  let last = -1;
  for (const number of numbers) {
    if (number <= last || number >= end) return false;
    last = number;
  }
  return true;
}
