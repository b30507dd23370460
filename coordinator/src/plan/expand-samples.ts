import { type OperatorId, operatorId, sampleSeed } from '@helium/shared';
import type { PlanOperator } from './logical-plan.ts';
import type { LlmOperator, Operator, Segment } from './operator.ts';

/** Stands between the samples of one operator where its whole text is asked for. */
const SEPARATOR = '\n';

/** The id of one sample: authors cannot write brackets in ids, so that it stays unique. */
function sampleId(operator: OperatorId, index: number): OperatorId {
  return operatorId(`${operator}[${index}]`);
}

/** The ids of an operator's samples; none where it yields one text. */
export function sampleIds(operator: Operator): readonly OperatorId[] {
  const count = operator.kind === 'llm' ? (operator.samples ?? 1) : 1;
  if (count === 1) return [];
  return Array.from({ length: count }, (_, index) => sampleId(operator.id, index));
}

/** The operator that an id of a sample belongs to; any other id is its own. */
export function sampledOperator(id: OperatorId): OperatorId {
  return operatorId(id.replace(/\[\d+\]$/, ''));
}

/**
 * An operator for each sample, seeded by `sampleSeed`, and a format under the operator's own id that
 * joins them. Each is a call like any other: what it yields does not depend on the others, and a
 * run that asks for more of them finds those it had in the prompt cache.
 */
export function expandSamples(operator: LlmOperator): readonly PlanOperator[] {
  const ids = sampleIds(operator);
  const { samples, ...one } = operator;
  if (ids.length === 0) return [samples === undefined ? operator : one];
  const { seed } = operator.sampling;
  const calls = ids.map((id, index) => {
    const seeded = seed === undefined ? {} : { seed: sampleSeed(seed, index) };
    return { ...one, id, sampling: { ...operator.sampling, ...seeded } };
  });
  const content = ids.flatMap((id, index): Segment[] => {
    const ref: Segment = { kind: 'ref', operator: id };
    return index === 0 ? [ref] : [{ kind: 'text', text: SEPARATOR }, ref];
  });
  return [...calls, { kind: 'format', id: operator.id, content }];
}
