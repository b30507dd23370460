import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { execute, TEST_KEYS } from './interpreter.cases.ts';
import { lowerPlan } from './lower.ts';
import { requireRuleNames } from './optimizer.ts';
import { prepareRun, substituteHits } from './prepare-run.ts';
import { IDENTITIES, randomPlan } from './random-plan.cases.ts';
import type { RuleContext } from './rule.ts';
import { LOGICAL_RULES, PHYSICAL_RULES, RULES } from './rules.ts';

const NO_HITS: RuleContext = { identities: IDENTITIES, cachedTexts: new Map() };

/** Every second text that a node of the plan has, by signature. */
function someHits(plan: ReturnType<typeof lowerPlan>): RuleContext {
  const { cache } = execute(plan, IDENTITIES);
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

  it.each(LOGICAL_RULES)('$name changes a plan once and then no more', (rule) => {
    let changes = 0;
    fc.assert(
      fc.property(randomPlan, (plan) => {
        const once = rule.apply(plan, NO_HITS);
        if (once.changed) changes += 1;
        expect(rule.apply(once.plan, NO_HITS)).toEqual({ changed: false, plan: once.plan });
      }),
    );
    expect(changes).toBeGreaterThan(0);
  });

  it.each(PHYSICAL_RULES)('$name changes a plan once and then no more', (rule) => {
    let changes = 0;
    fc.assert(
      fc.property(randomPlan, (plan) => {
        const lowered = lowerPlan(plan, IDENTITIES);
        const context = someHits(lowered);
        const once = rule.apply(lowered, context);
        if (once.changed) changes += 1;
        expect(rule.apply(once.plan, context)).toEqual({ changed: false, plan: once.plan });
      }),
    );
    expect(changes).toBeGreaterThan(0);
  });

  it('are refused by names that are none, with the names there are', () => {
    expect(() => requireRuleNames(['fold-constant', 'fold-space'])).toThrow(
      /no rule is named "fold-space"; rules: eliminate-dead-operator, fold-constant, /,
    );
  });
});

describe('results of earlier runs', () => {
  it('answer every repeatable call of rows that were there, whatever other rows there are', () => {
    const options = {
      naive: false,
      disabledRules: [],
      identities: IDENTITIES,
      cacheKeys: TEST_KEYS,
    };
    fc.assert(
      fc.property(randomPlan, fc.nat(), (plan, at) => {
        const earlier = execute(prepareRun(plan, options).plan, IDENTITIES);
        const row = plan.rows[at % plan.rows.length]!;
        const alone = prepareRun({ ...plan, rows: [row] }, options);
        const { plan: later } = substituteHits(alone, earlier.cache);
        const left = later.nodes.filter(
          (n) => n.action.kind === 'call' && n.signature !== undefined,
        );
        expect(left).toEqual([]);
      }),
    );
  });
});
