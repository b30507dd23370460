import type { OperatorId } from '@helium/shared';
import type { PlanStep } from '../optimizer/index.ts';
import { idsInBodies, type LogicalPlan, type NodePlan, type PlannedNode } from '../plan/index.ts';
import { type PlanReads, readPlan } from './column-reads.ts';
import { namePattern, rowList } from './name-pattern.ts';
import { counted, enumerate } from './text-layout.ts';

/** Reasons that are spelled out for each kind of saving; the rest is counted. */
const REASONS_MAX = 6;

/** Why calls that were asked for are not run, one sentence or two each. */
export interface Savings {
  readonly merged: readonly string[];
  readonly pruned: readonly string[];
  readonly cached: readonly string[];
}

/**
 * Reads from the plan, and from the steps that led to it, what became of every LLM operator × row, and
 * says it with names and rows.
 */
export function explainSavings(
  submitted: LogicalPlan,
  plan: NodePlan,
  steps: readonly PlanStep[],
): Savings {
  const reads = readPlan(submitted);
  const answered = plan.nodes.filter(isCallAnswer);
  const hits = hitsOf(steps);
  return {
    merged: few([
      ...rowsMerged(answered, reads),
      ...operatorsMerged(answered),
      ...mergedGone(plan),
    ]),
    pruned: few(prunedReasons(submitted, plan, hits, reads)),
    cached: few(cachedReasons(hits, plan)),
  };
}

function isCallAnswer({ answers }: PlannedNode): boolean {
  return answers.some(({ kind }) => kind === 'llm');
}

/** Calls that the prompt cache answered, also those that are gone since their text was written into others. */
function hitsOf(steps: readonly PlanStep[]): readonly PlannedNode[] {
  return steps.flatMap(({ plan }) =>
    'nodes' in plan ? plan.nodes.filter((node) => isHit(node) && isCallAnswer(node)) : [],
  );
}

function isHit({ action }: PlannedNode): boolean {
  return action.kind === 'value' && action.source === 'prompt-cache';
}

/** Calls of one operator for several rows, by the rows. */
function rowsMerged(nodes: readonly PlannedNode[], reads: PlanReads): string[] {
  const groups = new Map<string, { saved: number; operators: Set<OperatorId>; rows: string }>();
  for (const { answers } of nodes) {
    for (const { operator, rows } of answers.slice(0, 1)) {
      if (rows.length < 2) continue;
      const isFree = reads.columnsOf(operator).length === 0;
      const key = `${isFree} ${rows.join()}`;
      const group = groups.get(key) ?? { saved: 0, operators: new Set(), rows: rowList(rows) };
      group.saved += rows.length - 1;
      group.operators.add(operator);
      groups.set(key, group);
    }
  }
  return [...groups.values()].map(({ saved, operators, rows }) => {
    const columns = [...new Set([...operators].flatMap((id) => reads.columnsOf(id)))];
    const names = namePattern([...operators], { alternatives: 6 });
    const verb = operators.size === 1 ? 'reads' : 'read';
    const answer = `so one call answers for ${/^rows \d+ and \d+$/.test(rows) ? 'both' : 'all of them'}`;
    return columns.length === 0
      ? `${counted(saved, 'call')}: ${names} ${verb} no column, ${answer} (${rows}).`
      : `${counted(saved, 'call')}: ${names} ${verb} only ${columnWords(columns)}, equal in ${rows}, ` +
          `${answer}.`;
  });
}

function columnWords(columns: readonly string[]): string {
  return `the column${columns.length === 1 ? '' : 's'} ${enumerate(columns)}`;
}

/** Calls that another operator's call answers. */
function operatorsMerged(nodes: readonly PlannedNode[]): string[] {
  const groups = new Map<string, { saved: number; from: Set<OperatorId>; to: Set<OperatorId> }>();
  for (const { answers } of nodes) {
    const [first, ...rest] = answers;
    // Texts that repeat an answer are no calls.
    const others = rest.filter(({ kind }) => kind === 'llm');
    for (const { operator, rows } of others) {
      const key = JSON.stringify([first?.operator, [...others.map((other) => other.operator)]]);
      const group = groups.get(key) ?? { saved: 0, from: new Set(), to: new Set() };
      group.saved += rows.length;
      group.from.add(operator);
      if (first !== undefined) group.to.add(first.operator);
      groups.set(key, group);
    }
  }
  return [...groups.values()].map(({ saved, from, to }) => {
    const asks = from.size === 1 ? 'asks' : 'ask';
    return (
      `${counted(saved, 'call')}: ${namePattern([...from])} ${asks} word for word what ` +
      `${namePattern([...to])} asks, with the same settings, so it answers for both.`
    );
  });
}

function mergedGone({ gone }: NodePlan): string[] {
  if (gone.merged === 0) return [];
  return [`${counted(gone.merged, 'call')} shared answers that no step needs any more.`];
}

function prunedReasons(
  submitted: LogicalPlan,
  plan: NodePlan,
  hits: readonly PlannedNode[],
  reads: PlanReads,
): string[] {
  if (plan.counts.pruned === 0) return [];
  const answered = answeredRows([...plan.nodes, ...hits]);
  const dead = new Map<OperatorId, number>();
  const spared = new Map<OperatorId, number>();
  const moved = new Set(idsInBodies(plan));
  for (const { id, kind } of submitted.operators) {
    if (moved.has(id)) continue;
    const gone = submitted.rows.length - (answered.get(id)?.size ?? 0);
    if (kind === 'llm' && gone > 0) (reads.isNeeded(id) ? spared : dead).set(id, gone);
  }
  const say = (found: ReadonlyMap<OperatorId, number>, why: string) => {
    const calls = [...found.values()].reduce((sum, count) => sum + count, 0);
    return calls === 0
      ? []
      : [`${counted(calls, 'call')} of ${namePattern([...found.keys()])}: ${why}.`];
  };
  return [
    ...say(dead, 'no output of the workflow needs what they say'),
    ...say(spared, 'only needed for answers that the prompt cache has already'),
  ];
}

/** Rows that some node answers, by operator. */
function answeredRows(nodes: readonly PlannedNode[]): ReadonlyMap<OperatorId, ReadonlySet<number>> {
  const answered = new Map<OperatorId, Set<number>>();
  for (const { answers } of nodes) {
    for (const { operator, rows } of answers) {
      const seen = answered.get(operator) ?? new Set();
      for (const row of rows) seen.add(row);
      answered.set(operator, seen);
    }
  }
  return answered;
}

function cachedReasons(hits: readonly PlannedNode[], { counts }: NodePlan): string[] {
  if (counts.cached === 0) return [];
  const names = namePattern(hits.map(({ operator }) => operator));
  const whose = names === '' ? '' : ` (${names})`;
  return [
    `${counted(counts.cached, 'call')}${whose}: an earlier run asked the same and its answers are kept.`,
  ];
}

function few(reasons: readonly string[]): readonly string[] {
  const more = reasons.length - REASONS_MAX;
  return more <= 0 ? reasons : [...reasons.slice(0, REASONS_MAX), `… and ${more} more like these.`];
}
