import { createPrng } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { placeExpansion, prepareRun } from '../optimizer/index.ts';
import {
  CASE_IDENTITIES,
  cond,
  constant,
  input,
  llm,
  output,
  planOf,
} from '../optimizer/plan-builder.cases.ts';
import { expandOperator, type LogicalPlan } from '../plan/index.ts';
import { GrowingPlan } from './growing-plan.ts';

const prepare = (logical: LogicalPlan) =>
  prepareRun(logical, { naive: false, disabledRules: [], identities: CASE_IDENTITIES }).plan;

/** A call that reads so many conds, of which every third becomes another cond first. */
function fanIn(count: number): LogicalPlan {
  const ids = Array.from({ length: count }, (_, i) => `c${i}`);
  const conds = ids.map((id, i) => {
    const inner = cond(`d${i}`, '{x}', 'no', 'b', constant(`k${i}`, `a${i}`));
    return cond(id, '{first}', 'no', 'b', i % 3 === 0 ? inner : constant(`l${i}`, `a${i}`));
  });
  const last = llm('last', '', ids.map((id) => `{${id}}`).join(' '));
  const operators = [input('x'), llm('first', '', '{x}'), ...conds, last, output('last', 'last')];
  return planOf('fan', operators, [{ x: '1' }]);
}

/** Expands all in any order: after how many expansions the prompts of calls are put together anew. */
function renewals(count: number): { readonly expansions: number; readonly at: readonly number[] } {
  const plan = prepare(fanIn(count));
  const growing = new GrowingPlan(plan);
  const random = createPrng(count);
  const open = plan.nodes.flatMap(({ action }, i) => (action.kind === 'expand' ? i : []));
  const at: number[] = [];
  let expansions = 0;
  while (open.length > 0) {
    const [number = -1] = open.splice(Math.floor(random() * open.length), 1);
    const node = growing.node(number);
    if (node.action.kind !== 'expand') throw new Error('not to be expanded');
    const { plan: logical } = expandOperator(node.action.operator, () => 'yes', 1);
    const placed = placeExpansion(prepare(logical), node, growing.size);
    growing.expand(number, placed);
    expansions += 1;
    if (growing.takeRenewed(number).length > 0) at.push(expansions);
    for (const [i, { action }] of placed.nodes.entries()) {
      if (action.kind === 'expand') open.push(growing.size - placed.nodes.length + i);
    }
  }
  return { expansions, at };
}

describe('the prompt of a call that waits for expansions', () => {
  it('is put together anew with each of a few', () => {
    expect(renewals(1).at).toEqual([1, 2]);
    expect(renewals(2).at).toEqual([1, 2, 3]);
  });

  it('is put together anew after the first and the last of many, and seldom between', () => {
    for (const count of [10, 100, 400]) {
      const { expansions, at } = renewals(count);
      expect(expansions).toBe(count + Math.ceil(count / 3));
      expect([at[0], at.at(-1)]).toEqual([1, expansions]);
      expect(at.length).toBeLessThan(8 + Math.log2(expansions));
    }
  });
});
