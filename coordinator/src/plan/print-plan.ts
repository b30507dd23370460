import type { OperatorId } from '@helium/shared';
import { counted } from './counted.ts';
import type { LogicalPlan } from './logical-plan.ts';
import { countCalls, idsInBodies, type NodePlan, type PlannedNode } from './node-plan.ts';
import { printTemplate } from './print-template.ts';

/** Operators that are printed; the rest are counted. */
const PRINTED_MAX = 400;

/**
 * A logical plan for people: one line per operator. The text is a product: explain, docs and tests
 * share it.
 */
export function printLogicalPlan(plan: LogicalPlan): string {
  const calls = plan.operators.filter((operator) => operator.kind === 'llm').length;
  const operators = counted(plan.operators.length, 'operator');
  const rows = counted(plan.rows.length, 'row');
  const lines = plan.operators.map((operator) => {
    const merged = plan.merged.get(operator.id) ?? [];
    const also = merged.length === 0 ? '' : `  (answers for ${merged.join(', ')} too)`;
    return [operator.id, operator.kind, printTemplate(operator) + also];
  });
  return [
    `workflow "${plan.name}": ${operators} over ${rows}, ${counted(calls * plan.rows.length, 'call')}`,
    ...printTable(lines),
    ...plan.outputs.map((output) => `  output "${output.name}" is {${output.value}}`),
    '',
  ].join('\n');
}

/**
 * A physical plan for people: for every operator as submitted, how many nodes its rows became and
 * what happens to them. The counts in the first line are those of the run's report.
 */
export function printNodePlan(plan: NodePlan, submitted: LogicalPlan): string {
  const { counts } = plan;
  const parts = [
    `${counts.pruned} pruned`,
    `${counts.merged} merged`,
    `${counts.cached} cached`,
    `${countCalls(plan)} to execute`,
  ];
  const nodes = counted(plan.nodes.length, 'node');
  const rows = counted(plan.rowCount, 'row');
  const fates = fatesOf(plan);
  const moved = new Set(idsInBodies(plan));
  const lines = submitted.operators.map((operator) => {
    const fate = fates.get(operator.id) ?? { nodes: 0, instances: 0, words: new Map() };
    const gone = plan.rowCount - fate.instances;
    // A text that was folded into others needs no node of its own.
    const isComputed = operator.kind === 'llm' || operator.kind === 'fn';
    const goneWord = isComputed ? 'pruned' : 'unneeded';
    const words = [...fate.words].map(([word, count]) => `${count} ${word}`);
    if (gone > 0) words.push(`${gone} ${moved.has(operator.id) ? 'in a branch' : goneWord}`);
    const became = `${rows}, ${counted(fate.nodes, 'node')}`;
    return [operator.id, operator.kind, became, words.join(', '), printTemplate(operator)];
  });
  return [
    `plan "${submitted.name}": ${nodes} over ${rows}`,
    `calls: ${counts.submitted} submitted = ${parts.join(' + ')}`,
    ...printTable(lines),
    '',
  ].join('\n');
}

interface Fate {
  /** Nodes named for the operator. */
  nodes: number;
  /** Rows of the operator that some node answers. */
  instances: number;
  readonly words: Map<string, number>;
}

function fatesOf(plan: NodePlan): ReadonlyMap<OperatorId, Fate> {
  const fates = new Map<OperatorId, Fate>();
  const tell = (id: OperatorId, word: string, count: number): Fate => {
    const fate = fates.get(id) ?? { nodes: 0, instances: 0, words: new Map() };
    fate.instances += count;
    if (count > 0) fate.words.set(word, (fate.words.get(word) ?? 0) + count);
    fates.set(id, fate);
    return fate;
  };
  for (const node of plan.nodes) {
    tell(node.operator, wordOf(node), 1).nodes += 1;
    for (const [i, { operator, rows }] of node.answers.entries()) {
      if (i === 0) tell(operator, 'merged', rows.length - 1);
      else tell(operator, `merged into ${node.operator}`, rows.length);
    }
  }
  return fates;
}

function wordOf({ action }: PlannedNode): string {
  switch (action.kind) {
    case 'value':
      return action.source === 'plan' ? 'known' : 'from the prompt cache';
    case 'evaluate':
      return 'evaluated';
    case 'call':
      return 'executed';
    case 'expand':
      return 'expanded at run time';
  }
}

/** Columns in line, the last as long as it is. */
function printTable(lines: readonly (readonly string[])[]): string[] {
  const shown = lines.slice(0, PRINTED_MAX);
  const widths: number[] = [];
  for (const line of shown) {
    for (const [i, cell] of line.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  }
  const printed = shown.map((line) => {
    const cells = line.map((cell, i) =>
      i === line.length - 1 ? cell : cell.padEnd(widths[i] ?? 0),
    );
    return `  ${cells.join('  ')}`.trimEnd();
  });
  const more = lines.length - shown.length;
  return more > 0 ? [...printed, `  and ${more} more operators`] : printed;
}
