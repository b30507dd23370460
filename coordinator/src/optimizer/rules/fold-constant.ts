import type { OperatorId } from '@helium/shared';
import {
  type ConstantOperator,
  INLINED_CHARACTERS_MAX,
  type InputOperator,
  mapSegments,
  type PlanOperator,
  type Row,
  type Segment,
} from '../../plan/index.ts';
import { type LogicalRule, listNames } from '../rule.ts';

/**
 * Looks for texts that are the same for every row: a column equal on all rows, a format of constants. They
 * become constants, are written into the templates that refer to them, and adjacent literals become one,
 * so that the static start of a prompt grows. Leaves the constants themselves to eliminate-dead-operator.
 * A constant longer than INLINED_CHARACTERS_MAX stays a reference: copies of it would cost memory per use.
 */
export const foldConstant: LogicalRule = {
  name: 'fold-constant',
  stage: 'logical',
  description: 'Writes texts that are the same for every row into the prompts that refer to them.',
  apply(plan) {
    const constants = new Map<OperatorId, string>();
    const folded: string[] = [];
    const operators = plan.operators.map((operator) => {
      const after = foldOperator(operator, constants, plan.rows);
      if (after !== operator) folded.push(operator.id);
      if (after.kind === 'constant' && after.text.length <= INLINED_CHARACTERS_MAX) {
        constants.set(after.id, after.text);
      }
      return after;
    });
    if (folded.length === 0) return { changed: false, plan };
    const text = `folded ${listNames('operator', folded)}`;
    return { changed: true, plan: { ...plan, operators }, text };
  },
};

function foldOperator(
  operator: PlanOperator,
  constants: ReadonlyMap<OperatorId, string>,
  rows: readonly Row[],
): PlanOperator {
  if (operator.kind === 'input') return foldColumn(operator, rows);
  const after = mapSegments(operator, (segments) => foldSegments(segments, constants));
  if (after.kind !== 'format') return after;
  const [first] = after.content;
  if (first === undefined) return { kind: 'constant', id: after.id, text: '' };
  const isLiteral = after.content.length === 1 && first.kind === 'text';
  return isLiteral ? { kind: 'constant', id: after.id, text: first.text } : after;
}

function foldColumn(
  operator: InputOperator,
  rows: readonly Row[],
): InputOperator | ConstantOperator {
  const text = rows[0]![operator.field]!;
  if (rows.some((row) => row[operator.field] !== text)) return operator;
  return { kind: 'constant', id: operator.id, text };
}

/** The same list when there is nothing to fold. */
function foldSegments(
  segments: readonly Segment[],
  constants: ReadonlyMap<OperatorId, string>,
): readonly Segment[] {
  const folded: Segment[] = [];
  let isChanged = false;
  for (const segment of segments) {
    const constant = segment.kind === 'ref' ? constants.get(segment.operator) : undefined;
    const text = segment.kind === 'text' ? segment.text : constant;
    const last = folded.at(-1);
    if (constant !== undefined) isChanged = true;
    if (text === undefined) {
      folded.push(segment);
    } else if (text === '') {
      isChanged = true;
    } else if (last?.kind === 'text') {
      folded[folded.length - 1] = { kind: 'text', text: last.text + text };
      isChanged = true;
    } else {
      folded.push({ kind: 'text', text });
    }
  }
  return isChanged ? folded : segments;
}
