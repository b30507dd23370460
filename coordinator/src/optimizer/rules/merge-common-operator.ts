import { canonicalHash, type OperatorId } from '@helium/shared';
import {
  type Content,
  contentSignature,
  type LiteralContents,
  mapSegments,
  opaqueContent,
  operatorContent,
  type PlanOperator,
  referableContent,
  type Segment,
} from '../../plan/index.ts';
import { type LogicalRule, listNames } from '../rule.ts';

/**
 * Looks for repeatable operators of one kind that must yield equal texts on every row: same
 * structure, same model, same inputs, where inputs that were merged count as one. The first answers
 * for the others. What only row values make equal is left to merge-equal-node.
 */
export const mergeCommonOperator: LogicalRule = {
  name: 'merge-common-operator',
  stage: 'logical',
  description: 'Lets one of several identical operators answer for all of them.',
  apply(plan, { identities }) {
    const contents = new Map<OperatorId, Content>();
    const literals: LiteralContents = new Map();
    const keepers = new Map<string, OperatorId>();
    const replaced = new Map<OperatorId, OperatorId>();
    const merged = new Map(plan.merged);
    const operators: PlanOperator[] = [];
    for (const original of plan.operators) {
      const operator = mapSegments(original, (segments) => redirect(segments, replaced));
      const column = operator.kind === 'input' ? columnContent(operator.field) : undefined;
      const contentOf = (id: OperatorId) => contents.get(id);
      const contentFor = operatorContent(operator, identities, literals);
      const content = contentFor(contentOf, column) ?? ownContent(operator.id);
      contents.set(operator.id, referableContent(content));

      const key = `${operator.kind} ${contentSignature(content)}`;
      const keeper = keepers.get(key);
      if (keeper === undefined) {
        keepers.set(key, operator.id);
        operators.push(operator);
      } else {
        replaced.set(operator.id, keeper);
        const answered = [operator.id, ...(merged.get(operator.id) ?? [])];
        merged.set(keeper, [...(merged.get(keeper) ?? []), ...answered]);
        merged.delete(operator.id);
      }
    }
    if (replaced.size === 0) return { changed: false, plan };
    const outputs = plan.outputs.map((output) => ({
      ...output,
      value: replaced.get(output.value) ?? output.value,
    }));
    const names = [...replaced].map(([id, keeper]) => `${id} into ${keeper}`);
    const text = `merged ${listNames('operator', names)}`;
    return { changed: true, plan: { ...plan, operators, outputs, merged }, text };
  },
};

function columnContent(field: string): Content {
  return opaqueContent(canonicalHash('helium.plan.column.v1', field));
}

/** Of an operator that is like no other: it may run differently each time. */
function ownContent(id: OperatorId): Content {
  return opaqueContent(canonicalHash('helium.plan.operator.v1', id));
}

function redirect(
  segments: readonly Segment[],
  replaced: ReadonlyMap<OperatorId, OperatorId>,
): readonly Segment[] {
  const isTouched = segments.some((s) => s.kind === 'ref' && replaced.has(s.operator));
  if (!isTouched) return segments;
  return segments.map((segment) => {
    if (segment.kind === 'text') return segment;
    return { kind: 'ref', operator: replaced.get(segment.operator) ?? segment.operator };
  });
}
