import type { OperatorId } from '@helium/shared';
import { referencesOf } from '../../plan/index.ts';
import { type LogicalRule, listNames } from '../rule.ts';

/**
 * Looks for operators that no output needs, directly or through others, and drops them. Runs after
 * fold-constant and merge-common-operator, which leave such operators behind.
 */
export const eliminateDeadOperator: LogicalRule = {
  name: 'eliminate-dead-operator',
  stage: 'logical',
  description: 'Drops operators that no output needs.',
  apply(plan) {
    const needed = new Set<OperatorId>(plan.outputs.map((output) => output.value));
    for (const operator of plan.operators.toReversed()) {
      if (!needed.has(operator.id)) continue;
      for (const id of referencesOf(operator)) needed.add(id);
    }
    const dead = plan.operators.filter((operator) => !needed.has(operator.id));
    if (dead.length === 0) return { changed: false, plan };

    const merged = new Map(plan.merged);
    let { prunedCalls } = plan;
    for (const { id, kind } of dead) {
      if (kind === 'llm') prunedCalls += 1 + (plan.merged.get(id)?.length ?? 0);
      merged.delete(id);
    }
    const operators = plan.operators.filter((operator) => needed.has(operator.id));
    const names = dead.map((operator) => operator.id);
    const text = `dropped ${listNames('operator', names)}`;
    return { changed: true, plan: { ...plan, operators, merged, prunedCalls }, text };
  },
};
