import type { OperatorId } from '@helium/shared';
import { type PlanStep, RULES } from '../optimizer/index.ts';
import { type LogicalPlan, type NodePlan, type PlanOperator, referencesOf } from '../plan/index.ts';
import { namePattern } from './name-pattern.ts';
import { changesOfNodes, type PlanChange } from './node-changes.ts';
import { shapesOf } from './operator-shapes.ts';
import { counted, grouped, wrap } from './text-layout.ts';

/** Changes that are shown per rule; the rest is counted. */
const CHANGES_MAX = 12;

/** What the steps that are no rules do. */
const STEPS: Readonly<Record<string, string>> = {
  lower: 'Looks at the rows: equal inputs, one call. Makes of each operator the calls that run.',
  'lower-naively': 'Makes of each operator one call per row.',
};

/** One block per step of planning: what it is for, and the operators that it changed. */
export function outlineRules(submitted: LogicalPlan, steps: readonly PlanStep[]): string {
  const lines = [
    '- is an operator that is gone, = one that is changed. What is not named stays as it was.',
  ];
  let before: LogicalPlan | NodePlan = submitted;
  for (const [i, { note, plan }] of steps.entries()) {
    const about = RULES.find(({ name }) => name === note.rule)?.description ?? STEPS[note.rule];
    lines.push('', ...wrap(`${i + 1}. ${note.rule}: ${about ?? ''}`, '', '   '));
    if (!note.changed) lines.push(`   SAME AS ABOVE (${note.text})`);
    else lines.push(...wrap(headline(note), '   '), ...changeLines(submitted, before, plan));
    before = plan;
  }
  return `${lines.join('\n')}\n`;
}

function headline({ before, after, text }: PlanStep['note']): string {
  const [act = text] = text.split(': ');
  return before.calls === after.calls
    ? `${act}; ${counted(after.calls, 'call')} as before`
    : `${act}; ${grouped(before.calls)} → ${counted(after.calls, 'call')}`;
}

function changeLines(
  submitted: LogicalPlan,
  before: LogicalPlan | NodePlan,
  after: LogicalPlan | NodePlan,
): string[] {
  const changes =
    'nodes' in after
      ? changesOfNodes(submitted, before, after)
      : changesOfOperators(submitted, before, after);
  const shown = changes.slice(0, CHANGES_MAX);
  const lines = shown.flatMap(({ sign, operators, text }) =>
    wrap(`${namePattern(operators, { alternatives: 6 })}: ${text}`, `   ${sign} `, '     '),
  );
  const more = changes.length - shown.length;
  return more === 0 ? lines : [...lines, `   … and ${more} more changes`];
}

interface GrowingChange {
  readonly sign: PlanChange['sign'];
  readonly operators: OperatorId[];
  readonly texts: Set<OperatorId>;
  readonly text: string;
}

/** Changes of one kind to operators of one shape together. */
function changesOfOperators(
  submitted: LogicalPlan,
  before: LogicalPlan | NodePlan,
  after: LogicalPlan,
): readonly PlanChange[] {
  if ('nodes' in before) return [];
  const shapes = shapesOf(submitted);
  const left = new Map(after.operators.map((operator) => [operator.id, operator]));
  const keepers = new Map(
    [...after.merged].flatMap(([keeper, ids]) => ids.map((id) => [id, keeper] as const)),
  );
  const changes = new Map<string, GrowingChange>();
  for (const operator of before.operators) {
    const now = left.get(operator.id);
    if (now === operator) continue;
    const sign = now === undefined ? '-' : '=';
    const { text, texts = [] } =
      now === undefined ? goneText(keepers.get(operator.id)) : changeText(operator, now, keepers);
    const key = JSON.stringify([sign, text, texts.length > 0 && shapes.get(operator.id)]);
    const change = changes.get(key) ?? { sign, operators: [], texts: new Set(), text };
    change.operators.push(operator.id);
    for (const id of texts) change.texts.add(id);
    changes.set(key, change);
  }
  return [...changes.values()].map(({ sign, operators, texts, text }) => ({
    sign,
    operators,
    text: texts.size === 0 ? text : `${text} ${namePattern([...texts])}`,
  }));
}

interface ChangeText {
  readonly text: string;
  /** Operators whose names end the sentence. */
  readonly texts?: readonly OperatorId[];
}

function goneText(keeper: OperatorId | undefined): ChangeText {
  return { text: keeper === undefined ? 'nothing needs it any more' : `${keeper} answers for it` };
}

function changeText(
  before: PlanOperator,
  after: PlanOperator,
  keepers: ReadonlyMap<OperatorId, OperatorId>,
): ChangeText {
  if (after.kind === 'constant') {
    const why = before.kind === 'input' ? 'the column is equal in all rows' : 'its parts are known';
    return { text: `${why}, so it is plain text now` };
  }
  const are = referencesOf(after);
  const lost = referencesOf(before).filter((id) => !are.includes(id));
  const kept = [...new Set(lost.flatMap((id) => keepers.get(id) ?? []))];
  if (kept.length > 0) return { text: `reads ${namePattern(kept)} instead of`, texts: lost };
  return lost.length > 0
    ? { text: 'has these texts written into it:', texts: lost }
    : { text: 'neighbouring texts are one now' };
}
