import type { OperatorId } from '@helium/shared';
import { sampleIds } from './expand-samples.ts';
import type { Operator, Segment } from './operator.ts';

/** A body of an operator as submitted, with its place in the operator. */
export interface InnerScope {
  /** Path of the operators below their owner, as in `yes.operators`. */
  readonly path: string;
  readonly operators: readonly Operator[];
  /** Ids that stand for something in the body and are no operators: an item, variables. */
  readonly scoped: readonly { readonly path: string; readonly id: OperatorId }[];
  /** Texts of the owner that are read in the body's scope. */
  readonly texts: readonly { readonly path: string; readonly segments: readonly Segment[] }[];
  /** Copies of the body that there are at most. */
  readonly copiesMax: number;
}

/** The bodies of an operator as submitted; none of one that has no inner scope. */
export function innerScopes(operator: Operator): readonly InnerScope[] {
  switch (operator.kind) {
    case 'map': {
      const { body, item, items } = operator;
      const scoped = [{ path: 'item', id: item }];
      return [{ path: 'body', operators: body, scoped, texts: [], copiesMax: items.length }];
    }
    case 'each': {
      const { body, item, list } = operator;
      const scoped = [{ path: 'item', id: item }];
      const texts = [{ path: 'result', segments: body.result }];
      const { operators } = body;
      return [{ path: 'body', operators, scoped, texts, copiesMax: list.itemsMax }];
    }
    case 'cond':
      return (['yes', 'no'] as const).map((branch) => {
        const { operators, result } = operator.branches[branch];
        const texts = [{ path: `${branch}.result`, segments: result }];
        return { path: `${branch}.operators`, operators, scoped: [], texts, copiesMax: 1 };
      });
    case 'loop': {
      const { body, variables, until, turnsMax } = operator;
      return [
        {
          path: 'body',
          operators: body.operators,
          scoped: variables.map(({ id }, i) => ({ path: `variables[${i}].id`, id })),
          texts: [
            ...variables.map(({ next }, i) => ({ path: `variables[${i}].next`, segments: next })),
            { path: 'until.text', segments: until.text },
            { path: 'result', segments: body.result },
          ],
          copiesMax: turnsMax,
        },
      ];
    }
    default:
      return [];
  }
}

/**
 * How many operators these become when everything is expanded to its bound: told without making them.
 */
export function expandedCount(operators: readonly Operator[]): number {
  let count = 0;
  for (const operator of operators) {
    count += 1 + sampleIds(operator).length;
    for (const { operators: inner, copiesMax } of innerScopes(operator)) {
      count += copiesMax * (1 + expandedCount(inner));
    }
  }
  return count;
}

/** The operators and those in their bodies, outermost first. */
export function allOperators(operators: readonly Operator[]): readonly Operator[] {
  return operators.flatMap((operator) => [
    operator,
    ...innerScopes(operator).flatMap((scope) => allOperators(scope.operators)),
  ]);
}
