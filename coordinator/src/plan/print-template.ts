import type { Sampling } from '@helium/shared';
import type { PlanOperator } from './logical-plan.ts';
import { modelName } from './model-version.ts';
import type { Body, LoopOperator, Predicate, Segment } from './operator.ts';

/** Characters of one template that are printed; the middle is left out of longer ones. */
const TEMPLATE_CHARACTERS_MAX = 64;

/** What an operator does, on one line: its templates abbreviated, references in braces. */
export function printTemplate(operator: PlanOperator): string {
  switch (operator.kind) {
    case 'input':
      return `column "${operator.field}"`;
    case 'constant':
      return abbreviate(operator.text);
    case 'format':
      return printSegments(operator.content);
    case 'fn': {
      const args = operator.args.map((arg) => `${arg.name}: ${printSegments(arg.value)}`);
      return `${operator.name}(${args.join(', ')})${operator.pure ? '' : ', not pure'}`;
    }
    case 'llm': {
      const messages = operator.messages.map((m) => `${m.role}: ${printSegments(m.content)}`);
      const call = [
        modelName(operator.model),
        printSampling(operator.sampling),
        `${operator.maxTokens} tokens`,
      ];
      return [call.join(', '), ...messages].join(' | ');
    }
    case 'each': {
      const { list, item, body } = operator;
      const source = `${printSegments(list.text)} as ${list.format}, at most ${list.itemsMax}`;
      return `for each ${item} of ${source}: ${printBody(body)}`;
    }
    case 'cond': {
      const { predicate, branches } = operator;
      const [chosen, other] = [printBody(branches.yes), printBody(branches.no)];
      return `if ${printPredicate(predicate)}: ${chosen}; else: ${other}`;
    }
    case 'loop':
      return printLoop(operator);
  }
}

function printLoop(operator: LoopOperator<PlanOperator>): string {
  const { variables, body, until, turnsMax, begun } = operator;
  const firsts = variables.map(({ id, first }) => `${id} = ${printSegments(first)}`);
  const turns = begun === undefined ? `at most ${turnsMax} turns` : `${begun.turns} turns done`;
  const check = begun === undefined ? '' : `, unless ${printPredicate(begun.until)}`;
  const loop = `until ${printPredicate(until)}, ${turns}${check}`;
  return `${loop}, from ${firsts.join(', ')}: ${printBody(body)}`;
}

function printBody({ operators, result }: Body<PlanOperator>): string {
  const ids = operators.map(({ id }) => id).join(' ');
  return `(${ids === '' ? '' : `${ids} `}→ ${printSegments(result)})`;
}

/** What is asked of a text, in words. */
export function printPredicate({ text, test, negated }: Predicate): string {
  const subject = printSegments(text);
  const not = negated ? 'not ' : '';
  switch (test.kind) {
    case 'equals':
      return `${not}${subject} is ${printValue(test)}`;
    case 'contains':
      return `${not}${subject} contains ${printValue(test)}`;
    case 'startsWith':
      return `${not}${subject} starts with ${printValue(test)}`;
    case 'nonEmpty':
      return `${not}${subject} has text`;
    case 'matches':
      return `${not}${subject} matches /${test.pattern}/${test.ignoreCase ? 'i' : ''}`;
    case 'function':
      return `${not}${test.name}(${subject})`;
    case 'isTrue':
      return `${not}${subject}`;
  }
}

function printValue(test: { readonly value: string; readonly ignoreCase: boolean }): string {
  return `${JSON.stringify(abbreviate(test.value))}${test.ignoreCase ? ' in any case' : ''}`;
}

function printSampling({ temperature, seed }: Sampling): string {
  if (temperature === 0) return 'greedy';
  return `temperature ${temperature}, ${seed === undefined ? 'no seed' : `seed ${seed}`}`;
}

/** A text with holes on one line. References always stay whole; the literal text around them gives way. */
export function printSegments(segments: readonly Segment[]): string {
  const literals = segments.filter((segment) => segment.kind === 'text').length;
  const share = Math.max(12, Math.floor(TEMPLATE_CHARACTERS_MAX / Math.max(1, literals)));
  const parts = segments.map((segment) =>
    segment.kind === 'ref' ? `{${segment.operator}}` : abbreviate(segment.text, share),
  );
  return parts.join('');
}

function abbreviate(text: string, max = TEMPLATE_CHARACTERS_MAX): string {
  const line = text
    .slice(0, 2 * max)
    .replaceAll('\n', '⏎')
    .replaceAll(/\s+/g, ' ');
  const tail = text.slice(-max).replaceAll('\n', '⏎').replaceAll(/\s+/g, ' ');
  if (text.length <= max) return line;
  const end = Math.floor((max - 1) / 3);
  const head = line.slice(0, max - 1 - end).replace(/[\ud800-\udbff]$/, '');
  return `${head}…${tail.slice(tail.length - end).replace(/^[\udc00-\udfff]/, '')}`;
}
