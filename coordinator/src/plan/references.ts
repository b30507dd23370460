import type { OperatorId } from '@helium/shared';
import { bodiesOf, isRuntime, type PlanOperator, type RuntimeOperator } from './logical-plan.ts';
import type { Body, LoopOperator, Predicate, Segment } from './operator.ts';

/** Every text with holes of an operator, those in its bodies included, in one fixed order. */
export function segmentLists(operator: PlanOperator): readonly (readonly Segment[])[] {
  switch (operator.kind) {
    case 'input':
    case 'constant':
      return [];
    case 'llm':
      return operator.messages.map((message) => message.content);
    case 'format':
      return [operator.content];
    case 'fn':
      return operator.args.map((arg) => arg.value);
    case 'each':
      return [operator.list.text, ...bodyLists(operator.body)];
    case 'cond': {
      const { predicate, branches } = operator;
      return [predicate.text, ...bodyLists(branches.yes), ...bodyLists(branches.no)];
    }
    case 'loop': {
      const { variables, begun, until, body } = operator;
      return [
        ...variables.flatMap(({ first, next }) => [first, next]),
        ...(begun === undefined ? [] : [begun.until.text, begun.result]),
        until.text,
        ...bodyLists(body),
      ];
    }
  }
}

function bodyLists({ result, operators }: Body<PlanOperator>): readonly (readonly Segment[])[] {
  return [result, ...operators.flatMap(segmentLists)];
}

/** The operators outside that one refers to, each once, in the order they are first written. */
export function referencesOf(operator: PlanOperator): readonly OperatorId[] {
  const inner = isRuntime(operator) ? innerIds(operator) : undefined;
  const found = new Set<OperatorId>();
  for (const segments of segmentLists(operator)) {
    for (const segment of segments) {
      if (segment.kind === 'ref' && inner?.has(segment.operator) !== true) {
        found.add(segment.operator);
      }
    }
  }
  return [...found];
}

/** The ids that stand for something within an operator, at any depth. */
function innerIds(operator: PlanOperator): ReadonlySet<OperatorId> {
  const inner = new Set<OperatorId>(scopedIds(operator));
  for (const { operators } of bodiesOf(operator)) {
    for (const member of operators) {
      inner.add(member.id);
      if (isRuntime(member)) for (const id of innerIds(member)) inner.add(id);
    }
  }
  return inner;
}

/** The ids by which bodies refer to what is not an operator: an item, a loop's variables. */
export function scopedIds(operator: PlanOperator): readonly OperatorId[] {
  if (operator.kind === 'each') return [operator.item];
  return operator.kind === 'loop' ? operator.variables.map(({ id }) => id) : [];
}

/**
 * The operator with every text with holes rewritten; itself when `rewrite` gives all lists back as
 * they were.
 */
export function mapSegments<O extends PlanOperator>(
  operator: O,
  rewrite: (segments: readonly Segment[]) => readonly Segment[],
): O;
export function mapSegments(
  operator: PlanOperator,
  rewrite: (segments: readonly Segment[]) => readonly Segment[],
): PlanOperator {
  const before = segmentLists(operator);
  const after = before.map(rewrite);
  if (after.every((segments, i) => segments === before[i])) return operator;
  const lists = after.values();
  return putSegments(operator, () => lists.next().value!);
}

type NextList = () => readonly Segment[];

/** Takes the lists in the order of `segmentLists`. */
function putSegments(operator: PlanOperator, next: NextList): PlanOperator {
  switch (operator.kind) {
    case 'input':
    case 'constant':
      return operator;
    case 'llm':
      return { ...operator, messages: operator.messages.map((m) => ({ ...m, content: next() })) };
    case 'format':
      return { ...operator, content: next() };
    case 'fn':
      return { ...operator, args: operator.args.map((arg) => ({ ...arg, value: next() })) };
    default:
      return putRuntime(operator, next);
  }
}

function putRuntime(operator: RuntimeOperator, next: NextList): RuntimeOperator {
  switch (operator.kind) {
    case 'each': {
      const list = { ...operator.list, text: next() };
      return { ...operator, list, body: putBody(operator.body, next) };
    }
    case 'cond': {
      const predicate = { ...operator.predicate, text: next() };
      const chosen = putBody(operator.branches.yes, next);
      const branches = { yes: chosen, no: putBody(operator.branches.no, next) };
      return { ...operator, predicate, branches };
    }
    case 'loop':
      return putLoop(operator, next);
  }
}

function putLoop(operator: LoopOperator<PlanOperator>, next: NextList): LoopOperator<PlanOperator> {
  const variables = operator.variables.map(({ id }) => ({ id, first: next(), next: next() }));
  const { begun: before } = operator;
  const begun = before && { ...before, until: putText(before.until, next), result: next() };
  const until = putText(operator.until, next);
  const body = putBody(operator.body, next);
  return { ...operator, variables, until, body, ...(begun && { begun }) };
}

function putText(predicate: Predicate, next: NextList): Predicate {
  return { ...predicate, text: next() };
}

function putBody(body: Body<PlanOperator>, next: NextList): Body<PlanOperator> {
  const result = next();
  return { result, operators: body.operators.map((member) => putSegments(member, next)) };
}

/** The operator and those in its bodies, each as `change` makes it; innermost first. */
export function mapOperators(
  operator: PlanOperator,
  change: (operator: PlanOperator) => PlanOperator,
): PlanOperator {
  const inside = ({ operators, result }: Body<PlanOperator>): Body<PlanOperator> => ({
    operators: operators.map((member) => mapOperators(member, change)),
    result,
  });
  switch (operator.kind) {
    case 'each':
    case 'loop':
      return change({ ...operator, body: inside(operator.body) });
    case 'cond': {
      const { branches } = operator;
      const made = { yes: inside(branches.yes), no: inside(branches.no) };
      return change({ ...operator, branches: made });
    }
    default:
      return change(operator);
  }
}
