import type { OperatorId } from '@helium/shared';
import type { PlanOperator } from './logical-plan.ts';
import type { Segment } from './operator.ts';

/** Every text with holes of an operator, in the order it is written. */
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
  }
}

/** The operators that one refers to, each once, in the order they are first written. */
export function referencesOf(operator: PlanOperator): readonly OperatorId[] {
  const found = new Set<OperatorId>();
  for (const segments of segmentLists(operator)) {
    for (const segment of segments) if (segment.kind === 'ref') found.add(segment.operator);
  }
  return [...found];
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
  switch (operator.kind) {
    case 'input':
    case 'constant':
      return operator;
    case 'llm': {
      const messages = operator.messages.map((m, i) => ({ ...m, content: after[i]! }));
      return { ...operator, messages };
    }
    case 'format':
      return { ...operator, content: after[0]! };
    case 'fn':
      return { ...operator, args: operator.args.map((a, i) => ({ ...a, value: after[i]! })) };
  }
}
