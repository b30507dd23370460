import { readdirSync } from 'node:fs';
import { operatorId } from '@helium/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SPELLED_CHARACTERS_MAX } from '../plan/index.ts';
import { checkLogicalPlan } from './check-plan.ts';
import { execute, TEST_KEYS } from './interpreter.cases.ts';
import { lowerPlan } from './lower.ts';
import { requireRuleNames } from './optimizer.ts';
import {
  CASE_IDENTITIES,
  format,
  input,
  llm,
  output,
  planOf,
  segments,
} from './plan-builder.cases.ts';
import { type PrepareOptions, prepareRun, substituteHits } from './prepare-run.ts';
import { IDENTITIES, randomPlan } from './random-plan.cases.ts';
import type { RuleContext } from './rule.ts';
import { mergeCommonOperator } from './rules/merge-common-operator.ts';
import { mergeEqualNode } from './rules/merge-equal-node.ts';
import { LOGICAL_RULES, PHYSICAL_RULES, RULES } from './rules.ts';

const OPTIONS: PrepareOptions = {
  naive: false,
  disabledRules: [],
  identities: IDENTITIES,
  cacheKeys: TEST_KEYS,
};

const NO_HITS: RuleContext = { identities: IDENTITIES, cachedTexts: new Map() };

/** Every second text that a node of the plan has, by signature. */
function someHits(plan: ReturnType<typeof lowerPlan>): RuleContext {
  const { cache } = execute(plan, OPTIONS);
  const signatures = plan.nodes.flatMap((node) => node.signature ?? []);
  const kept = signatures.filter((_, i) => i % 2 === 0);
  const cachedTexts = new Map(kept.map((s) => [s, cache.get(TEST_KEYS.derivation(s))!]));
  return { identities: IDENTITIES, cachedTexts };
}

describe('the rules', () => {
  it('are one per file, named like it', () => {
    const files = readdirSync(new URL('rules/', import.meta.url)).map((f) => f.replace('.ts', ''));
    expect(RULES.map((rule) => rule.name).sort()).toEqual(files.sort());
  });

  // Always the same plans: by chance, a hundred may have nothing for a rule that is seldom needed.
  const plans = fc.sample(randomPlan, { seed: 1, numRuns: 300 });

  it.each(LOGICAL_RULES)('$name changes a plan once and then no more', (rule) => {
    fc.assert(
      fc.property(randomPlan, (plan) => {
        const once = rule.apply(plan, NO_HITS);
        expect(rule.apply(once.plan, NO_HITS)).toEqual({ changed: false, plan: once.plan });
      }),
    );
    expect(plans.some((plan) => rule.apply(plan, NO_HITS).changed)).toBe(true);
  });

  it.each(PHYSICAL_RULES)('$name changes a plan once and then no more', (rule) => {
    const lowered = (plan: (typeof plans)[number]) => {
      const lower = lowerPlan(plan, IDENTITIES);
      return { lower, context: someHits(lower) };
    };
    fc.assert(
      fc.property(randomPlan, (plan) => {
        const { lower, context } = lowered(plan);
        const once = rule.apply(lower, context);
        expect(rule.apply(once.plan, context)).toEqual({ changed: false, plan: once.plan });
      }),
    );
    const isChanged = (plan: (typeof plans)[number]) => {
      const { lower, context } = lowered(plan);
      return rule.apply(lower, context).changed;
    };
    expect(plans.some(isChanged)).toBe(true);
  });

  it('are refused by names that are none, with the names there are', () => {
    expect(() => requireRuleNames(['fold-constant', 'fold-space'])).toThrow(
      /no rule is named "fold-space"; rules: eliminate-dead-operator, fold-constant, /,
    );
  });
});

describe('counts', () => {
  it('call a hit cached even when its text was written into another and its node dropped', () => {
    const operators = [
      input('x'),
      llm('a', '', '{x}'),
      llm('b', '', '{a}'),
      format('page', '{b}!'),
      output('page', 'page'),
    ];
    const submitted = planOf('page', operators, [{ x: '1' }, { x: '1' }]);
    const options = { ...OPTIONS, identities: CASE_IDENTITIES };
    const prepared = prepareRun(submitted, options);
    const { cache } = execute(prepared.plan, options);
    const { plan } = substituteHits(prepared, cache);
    expect(plan.nodes.map((node) => node.operator)).toEqual(['page']);
    expect(plan.counts).toEqual({ submitted: 4, pruned: 2, merged: 1, cached: 1 });
  });
});

describe('merge-common-operator', () => {
  it('hands on what an operator answers for when it is merged itself', () => {
    const operators = [llm('a', '', 'x'), llm('b', '', 'x'), output('o', 'b')];
    const plan = planOf('twice', operators, [{}]);
    const merged = new Map([[operatorId('b'), [operatorId('c')]]]);
    const context = { identities: CASE_IDENTITIES, cachedTexts: new Map() };
    const after = mergeCommonOperator.apply({ ...plan, merged, submittedCalls: 3 }, context);
    expect([...after.plan.merged]).toEqual([['a', ['b', 'c']]]);
    checkLogicalPlan(after.plan, mergeCommonOperator.name);
  });

  it('tells functions apart that get the same arguments in another order', () => {
    const args = ['a', 'b'].map((name) => ({ name, value: segments(name) }));
    const call = (id: string, ordered: typeof args) =>
      ({ kind: 'fn', id: operatorId(id), name: 'indicators', pure: true, args: ordered }) as const;
    const both = [call('ab', args), call('ba', args.toReversed())];
    const operators = [...both, output('x', 'ab'), output('y', 'ba')];
    const plan = planOf('order', operators, [{}]);
    const context = { identities: CASE_IDENTITIES, cachedTexts: new Map() };
    expect(mergeCommonOperator.apply(plan, context).changed).toBe(false);
  });
});

describe('merge-equal-node', () => {
  it('tells how many nodes it merged, and how many of them are calls', () => {
    const operators = [
      input('x'),
      input('y'),
      ...['x', 'y'].flatMap((of) => [
        format(`page-${of}`, `p {${of}}`),
        llm(`ask-${of}`, '', `{page-${of}}`),
        output(of, `ask-${of}`),
      ]),
    ];
    const rows = [
      { x: '1', y: '1' },
      { x: '2', y: '3' },
    ];
    const lowered = lowerPlan(planOf('equal', operators, rows), CASE_IDENTITIES);
    const context = { identities: CASE_IDENTITIES, cachedTexts: new Map() };
    const after = mergeEqualNode.apply(lowered, context);
    expect(after.changed && after.text).toBe('merged 3 nodes (1 call)');
  });
});

describe('results of earlier runs', () => {
  it('answer every repeatable call of rows that were there, whatever other rows there are', () => {
    fc.assert(
      fc.property(randomPlan, fc.nat(), (plan, at) => {
        const earlier = execute(prepareRun(plan, OPTIONS).plan, OPTIONS);
        const row = plan.rows[at % plan.rows.length]!;
        const alone = prepareRun({ ...plan, rows: [row] }, OPTIONS);
        const { plan: later } = substituteHits(alone, earlier.cache);
        const left = later.nodes.filter(
          (n) => n.action.kind === 'call' && n.signature !== undefined,
        );
        expect(left).toEqual([]);
      }),
    );
  });

  it('answer by derivation what has long inputs, be they the same for all rows or not', () => {
    const long = (letter: string) => letter.repeat(SPELLED_CHARACTERS_MAX + 1);
    const operators = [
      input('x'),
      input('text'),
      llm('a', '', '{x}'),
      llm('b', '', 'a{text}b{a}'),
      format('page', '{text}{b}{text}'),
      llm('c', '', '{page}'),
      output('o', 'c'),
    ];
    const rows = ['k', 'l'].map((letter) => ({ x: letter, text: long(letter) }));
    const options = { ...OPTIONS, identities: CASE_IDENTITIES };
    const batch = prepareRun(planOf('batch', operators, rows), options);
    const alone = prepareRun(planOf('alone', operators, rows.slice(1)), options);
    const known = new Set(batch.lookups.map((lookup) => lookup.signature));
    expect(alone.lookups).toHaveLength(3);
    for (const { signature } of alone.lookups) expect(known).toContain(signature);
  });
});
