import { describe, expect, it } from 'vitest';
import { type PlanStep, prepareRun, substituteHits } from '../optimizer/index.ts';
import { TEST_KEYS } from '../optimizer/interpreter.cases.ts';
import {
  CASE_IDENTITIES,
  cond,
  format,
  llm,
  output,
  planOf,
} from '../optimizer/plan-builder.cases.ts';
import type { Operator } from '../plan/index.ts';
import { explainSavings } from './savings.ts';

/** What is said of a plan over one row, of which the prompt cache knows the answers of `cached`. */
function savingsOf(operators: readonly Operator[], cached: readonly string[] = []) {
  const submitted = planOf('w', operators, [{ x: '1' }]);
  const steps: PlanStep[] = [];
  const prepared = prepareRun(submitted, {
    naive: false,
    disabledRules: [],
    identities: CASE_IDENTITIES,
    cacheKeys: TEST_KEYS,
    onStep: (step) => steps.push(step),
  });
  const known = prepared.lookups.filter(({ node }) =>
    cached.includes(prepared.plan.nodes[node]?.operator ?? ''),
  );
  const hits = new Map(known.flatMap(({ keys }) => keys.map((key) => [key, 'an answer'])));
  const { plan } = substituteHits(prepared, hits);
  return { counts: plan.counts, ...explainSavings(submitted, plan, steps) };
}

describe('explainSavings', () => {
  it('says that a call is merged, and not that a text which repeats its answer is', () => {
    const operators = [
      llm('a', '', 'Say this.'),
      llm('b', '', 'Say this.'),
      format('repeated', '{a}'),
      output('a', 'repeated'),
      output('b', 'b'),
    ];
    const { counts, merged } = savingsOf(operators);
    expect(counts.merged).toBe(1);
    expect(merged).toEqual([
      '1 call: b asks word for word what a asks, with the same settings, so it answers for both.',
    ]);
    expect(savingsOf([llm('a', '', 'x'), format('f', '{a}'), output('o', 'f')]).merged).toEqual([]);
  });

  it('counts a call that the prompt cache answered as cached, also where its text is folded', () => {
    const operators = [
      llm('below', '', 'Think.'),
      llm('above', '', 'Sum up {below}'),
      format('text', 'Result: {above}'),
      output('o', 'text'),
    ];
    const { counts, pruned, cached } = savingsOf(operators, ['above']);
    expect(counts).toMatchObject({ pruned: 1, cached: 1 });
    expect(pruned).toEqual([
      '1 call of below: only needed for answers that the prompt cache has already.',
    ]);
    expect(cached).toEqual([
      '1 call (above): an earlier run asked the same and its answers are kept.',
    ]);
  });

  it('does not count what moved into a branch as gone', () => {
    const operators = [
      llm('judge', '', 'Is this good?'),
      llm('notes', '', 'Take notes.'),
      cond('best', '{judge}', 'yes', 'It is.', llm('again', '', 'Improve: {notes}')),
      llm('idle', '', 'Talk.'),
      output('o', 'best'),
    ];
    const { counts, pruned } = savingsOf(operators);
    expect(counts.pruned).toBe(1);
    expect(pruned).toEqual(['1 call of idle: no output of the workflow needs what they say.']);
  });
});
