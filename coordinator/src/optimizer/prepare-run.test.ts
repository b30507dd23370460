import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { execute, TEST_KEYS } from './interpreter.cases.ts';
import { type PrepareOptions, prepareRun, substituteHits } from './prepare-run.ts';
import { IDENTITIES, randomPlan } from './random-plan.cases.ts';
import { RULES } from './rules.ts';

const OPTIONS: PrepareOptions = {
  naive: false,
  disabledRules: [],
  identities: IDENTITIES,
  cacheKeys: TEST_KEYS,
};

const NAIVE = { ...OPTIONS, naive: true };

const disabledRules = fc.subarray(RULES.map((rule) => rule.name));

describe('planning a run', () => {
  it('gives the outputs of the naive plan, whatever rules are on and whatever is cached', () => {
    fc.assert(
      fc.property(randomPlan, disabledRules, fc.func(fc.boolean()), (plan, disabled, isKept) => {
        const naive = execute(prepareRun(plan, NAIVE).plan, IDENTITIES);
        const prepared = prepareRun(plan, { ...OPTIONS, disabledRules: disabled });
        const cold = execute(prepared.plan, IDENTITIES);
        expect(cold.outputs).toEqual(naive.outputs);

        const hits = new Map([...cold.cache].filter(([key]) => isKept(key)));
        const warm = substituteHits(prepared, hits);
        expect(execute(warm.plan, IDENTITIES).outputs).toEqual(naive.outputs);
      }),
      { numRuns: 600 },
    );
  });

  it('accounts for every submitted instance exactly once', () => {
    fc.assert(
      fc.property(randomPlan, disabledRules, fc.func(fc.boolean()), (plan, disabled, isKept) => {
        const prepared = prepareRun(plan, { ...OPTIONS, disabledRules: disabled });
        const { cache } = execute(prepared.plan, IDENTITIES);
        const hits = new Map([...cache].filter(([key]) => isKept(key)));
        for (const planned of [prepared.plan, substituteHits(prepared, hits).plan]) {
          const { submitted, pruned, merged, cached } = planned.counts;
          const { calls } = execute(planned, IDENTITIES);
          expect(submitted).toBe(plan.submittedCalls * plan.rows.length);
          expect(pruned + merged + cached + calls).toBe(submitted);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('leaves no repeatable call to run once everything is cached', () => {
    fc.assert(
      fc.property(randomPlan, (plan) => {
        const prepared = prepareRun(plan, OPTIONS);
        const { cache } = execute(prepared.plan, IDENTITIES);
        const { plan: warm } = substituteHits(prepared, cache);
        const left = warm.nodes.filter(
          (n) => n.action.kind === 'call' && n.signature !== undefined,
        );
        expect(left).toEqual([]);
      }),
    );
  });
});
