import type { OperatorId } from '@helium/shared';
import type { LogicalPlan, NodePlan, PlannedNode, PlanOperator } from '../plan/index.ts';
import { counted, enumerate } from './text-layout.ts';

/** Operators that one step changed alike. */
export interface PlanChange {
  readonly sign: '-' | '=';
  readonly operators: readonly OperatorId[];
  readonly text: string;
}

/**
 * How the nodes of the operators changed from one plan to the next. From a logical plan: those whose
 * rows share nodes.
 */
export function changesOfNodes(
  submitted: LogicalPlan,
  before: LogicalPlan | NodePlan,
  after: NodePlan,
): readonly PlanChange[] {
  const now = workOf(after);
  const then = 'nodes' in before ? workOf(before) : workOfOperators(before);
  const why = 'nodes' in before ? '' : ', for what it reads is equal in several rows';
  const changes = new Map<string, { sign: '-' | '='; operators: OperatorId[]; text: string }>();
  for (const { id, kind } of submitted.operators) {
    const [from, to] = [then.get(id), now.get(id)];
    // Columns and texts cost nothing: that some are not needed any more tells nobody anything.
    if (kind !== 'llm' && kind !== 'fn') continue;
    if (from === undefined || from === to) continue;
    const sign = to === undefined ? '-' : '=';
    const text = to === undefined ? `${from}; nothing needs it any more` : `${from} → ${to}${why}`;
    const change = changes.get(`${sign}${text}`) ?? { sign, operators: [], text };
    change.operators.push(id);
    changes.set(`${sign}${text}`, change);
  }
  return [...changes.values()];
}

/** By operator: what is to be done for it, in words. */
function workOf(plan: NodePlan): ReadonlyMap<OperatorId, string> {
  const work = new Map<OperatorId, Map<string, number>>();
  const add = (id: OperatorId, word: string) => {
    const words = work.get(id) ?? new Map<string, number>();
    words.set(word, (words.get(word) ?? 0) + 1);
    work.set(id, words);
  };
  for (const node of plan.nodes) {
    for (const [i, { operator, kind }] of node.answers.entries()) {
      add(operator, i === 0 ? wordOf(node, kind) : `answer of ${node.operator}`);
    }
  }
  return new Map(
    [...work].map(([id, words]) => [
      id,
      enumerate([...words].map(([word, count]) => countedWord(count, word))),
    ]),
  );
}

function workOfOperators({
  operators,
  rows,
  merged,
}: LogicalPlan): ReadonlyMap<OperatorId, string> {
  return new Map(
    operators.flatMap(({ id, kind }) => [
      [id, countedWord(rows.length, unitOf(kind))] as const,
      ...(merged.get(id) ?? []).map(
        (other) => [other, countedWord(rows.length, `answer of ${id}`)] as const,
      ),
    ]),
  );
}

function wordOf({ action }: PlannedNode, kind: PlanOperator['kind']): string {
  if (action.kind !== 'value') return unitOf(kind);
  return action.source === 'plan' ? 'known text' : 'text from the prompt cache';
}

function unitOf(kind: PlanOperator['kind']): string {
  return kind === 'llm' ? 'call' : 'evaluation';
}

function countedWord(count: number, word: string): string {
  const [head = word, ...rest] = word.split(/(?= of | from )/);
  return `${counted(count, head)}${rest.join('')}`;
}
