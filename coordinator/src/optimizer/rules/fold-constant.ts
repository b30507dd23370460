import type { OperatorId } from '@helium/shared';
import {
  type ConstantOperator,
  type InputOperator,
  mapSegments,
  type PlanOperator,
  type Row,
  type Segment,
  SPELLED_CHARACTERS_MAX,
} from '../../plan/index.ts';
import { type LogicalRule, listNames } from '../rule.ts';

/**
 * Looks for texts that are the same for every row: a column equal on all rows, a format of
 * constants. They become constants, are written into the templates that refer to them, and adjacent
 * literals become one, so that the static start of a prompt grows. Leaves the constants themselves
 * to eliminate-dead-operator. Literals longer than SPELLED_CHARACTERS_MAX are not joined with
 * others: signatures tell them by hash, and must be the same whether or not a batch makes a column
 * constant. It also spares memory: they are shared.
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
      if (after.kind === 'constant') {
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

function isJoined(left: string, right: string): boolean {
  return left.length + right.length <= SPELLED_CHARACTERS_MAX;
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
    } else if (last?.kind === 'text' && isJoined(last.text, text)) {
      folded[folded.length - 1] = { kind: 'text', text: last.text + text };
      isChanged = true;
    } else {
      folded.push({ kind: 'text', text });
    }
  }
  return isChanged ? folded : segments;
}
