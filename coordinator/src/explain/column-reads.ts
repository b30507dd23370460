import type { OperatorId } from '@helium/shared';
import { type LogicalPlan, referencesOf } from '../plan/index.ts';

/** Which columns each operator reads, directly or through others; and which operators outputs need. */
export interface PlanReads {
  columnsOf(operator: OperatorId): readonly string[];
  isNeeded(operator: OperatorId): boolean;
}

/** Reads a plan as submitted. O(references × columns). */
export function readPlan({ operators, outputs }: LogicalPlan): PlanReads {
  const columns = new Map<OperatorId, ReadonlySet<string>>();
  for (const operator of operators) {
    const own = operator.kind === 'input' ? [operator.field] : [];
    const read = referencesOf(operator).flatMap((id) => [...(columns.get(id) ?? [])]);
    columns.set(operator.id, new Set([...own, ...read]));
  }
  const needed = new Set<OperatorId>(outputs.map(({ value }) => value));
  for (const operator of operators.toReversed()) {
    if (needed.has(operator.id)) for (const id of referencesOf(operator)) needed.add(id);
  }
  return {
    columnsOf: (operator) => [...(columns.get(operator) ?? [])],
    isNeeded: (operator) => needed.has(operator),
  };
}
