import type { OperatorId } from '@helium/shared';
import {
  type Body,
  bodiesOf,
  isRuntime,
  type LlmOperator,
  type LogicalPlan,
  type NodePlan,
  type PlanOperator,
  printPredicate,
  printSegments,
  type RuntimeOperator,
} from '../plan/index.ts';
import { namePattern } from './name-pattern.ts';
import {
  groupByShape,
  type OperatorGroup,
  readsOf,
  samplingText,
  shapesOf,
} from './operator-shapes.ts';
import { counted, cut, grouped, onOneLine, wrap } from './text-layout.ts';

/** Groups that are shown; the operators of the others are counted. */
const GROUPS_MAX = 60;
/** Characters of a system message that are shown, of its last sentences: there it says who is asked. */
const WHO_CHARACTERS_MAX = 68;
const INDENT = ' '.repeat(17);

const WORDS: Readonly<Record<PlanOperator['kind'], string>> = {
  input: 'column',
  constant: 'constant',
  format: 'text',
  fn: 'function',
  llm: 'LLM',
  each: 'map',
  cond: 'cond',
  loop: 'loop',
};

/** The plan as submitted, operators of one shape on one entry, with what is left of each to do. */
export function outlinePlan(submitted: LogicalPlan, plan: NodePlan): string {
  const { operators, rows, outputs } = submitted;
  const groups = groupByShape(operators, shapesOf(submitted));
  const left = nodesLeft(plan);
  const shown = groups.slice(0, GROUPS_MAX);
  const hidden = groups.slice(GROUPS_MAX).reduce((sum, { members }) => sum + members.length, 0);
  const lines = [
    `"${submitted.name}": ${counted(operators.length, 'operator')} over ${counted(rows.length, 'row')}.`,
    'Operators that differ only in their texts stand together: {a,b}.c are a.c and b.c.',
    '',
    ...shown.flatMap((group) => groupLines(group, rows.length, left)),
    ...(hidden === 0 ? [] : [`      … and ${counted(hidden, 'operator')} more`]),
    '',
    ...outputs.flatMap(({ name, value }) =>
      wrap(`output "${name}" is the text of ${value}`, '  ', '    '),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function groupLines(
  { kind, members }: OperatorGroup,
  rows: number,
  left: ReadonlyMap<OperatorId, number>,
): string[] {
  const count = `×${grouped(members.length)}`.padStart(5);
  const names = namePattern(
    members.map(({ id }) => id),
    { alternatives: 6 },
  );
  const lines = wrap(names, `${count}  ${WORDS[kind].padEnd(8)}  `, INDENT);
  const say = (text: string) => lines.push(...wrap(text, INDENT, `${INDENT}  `));
  const reads = readsOf(members);
  if (reads.length > 0) say(`reads ${namePattern(reads)}`);
  const [first] = members;
  if (first !== undefined && isRuntime(first)) {
    for (const line of outlineBody(first)) say(line);
  }
  if (first?.kind !== 'llm') return lines;
  const run = members.reduce((sum, { id }) => sum + (left.get(id) ?? 0), 0);
  const asked = members.length * rows;
  const calls = run === asked ? counted(run, 'call') : `${counted(asked, 'call')}, ${run} to run`;
  say(`${calls}; up to ${counted(first.maxTokens, 'token')} each, ${samplingText(first.sampling)}`);
  const who = whoOf(first);
  if (who !== '') say(`${members.length === 1 ? '' : `${first.id} `}is told: ${who}`);
  return lines;
}

/** What is decided at run time, and the operators that are made then; then the same of those. */
function outlineBody(operator: RuntimeOperator): string[] {
  const members = bodiesOf(operator).flatMap((body) => body.operators);
  const inner = members
    .filter(isRuntime)
    .flatMap((member) => outlineBody(member).map((line) => `${member.id}: ${line}`));
  return [...outlineDecision(operator), ...inner];
}

function outlineDecision(operator: RuntimeOperator): string[] {
  const make = ({ operators, result }: Body<PlanOperator>) => {
    const shown = operators.filter(({ kind }) => kind !== 'format' && kind !== 'constant');
    const steps = shown.map(({ id, kind }) => `${id} (${WORDS[kind]})`);
    const text = printSegments(result);
    return steps.length === 0 ? text : `${steps.join(', ')}; then ${text}`;
  };
  switch (operator.kind) {
    case 'each': {
      const { list, item, body } = operator;
      const more = list.overflow === 'fail' ? 'more are an error' : 'more are dropped and reported';
      return [
        `for each {${item}} of the ${list.format} of ${printSegments(list.text)}, at most ${list.itemsMax} (${more}): ${make(body)}`,
      ];
    }
    case 'cond':
      return [
        `if ${printPredicate(operator.predicate)}: ${make(operator.branches.yes)}`,
        `else: ${make(operator.branches.no)}`,
      ];
    case 'loop': {
      const { variables, until, turnsMax, atBound, body } = operator;
      const bound =
        atBound === 'fail' ? 'a run that needs more fails' : 'then the last result counts';
      return [
        `turn by turn, at most ${turnsMax} (${bound}): ${make(body)}`,
        ...variables.map(({ id, first, next }) => {
          return `{${id}} is ${printSegments(first)}, after a turn ${printSegments(next)}`;
        }),
        `until ${printPredicate(until)}`,
      ];
    }
  }
}

function whoOf({ messages }: LlmOperator): string {
  const [first] = messages;
  if (first?.role !== 'system') return '';
  const text = first.content
    .map((segment) => (segment.kind === 'text' ? segment.text : `{${segment.operator}}`))
    .join('');
  const line = onOneLine(text);
  if (line.length <= WHO_CHARACTERS_MAX) return `"${line}"`;
  const starts = [...line.matchAll(/[.!?] /g)].map(({ index }) => index + 2);
  const start = starts.find((place) => line.length - place <= WHO_CHARACTERS_MAX) ?? starts.at(-1);
  return `"… ${cut(line.slice(start ?? 0), WHO_CHARACTERS_MAX)}"`;
}

/** Calls to run, by operator. */
function nodesLeft(plan: NodePlan): ReadonlyMap<OperatorId, number> {
  const left = new Map<OperatorId, number>();
  for (const { action, operator } of plan.nodes) {
    if (action.kind === 'call') left.set(operator, (left.get(operator) ?? 0) + 1);
  }
  return left;
}
