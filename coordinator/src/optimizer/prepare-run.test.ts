import type { ChatMessage } from '@helium/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LlmOperator } from '../plan/index.ts';
import { interpretWorkflow } from '../plan/interpret.cases.ts';
import { execute, fakeAnswer, fakeFunction, TEST_KEYS } from './interpreter.cases.ts';
import { type PrepareOptions, prepareRun, substituteHits } from './prepare-run.ts';
import { IDENTITIES, randomCase, randomPlan } from './random-plan.cases.ts';
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
  it('gives the naive plan the plain meaning of the workflow', () => {
    fc.assert(
      fc.property(randomCase, ({ workflow, rows, plan, isChancy }) => {
        fc.pre(!isChancy);
        const naive = execute(prepareRun(plan, NAIVE).plan, NAIVE);
        const world = {
          fn: fakeFunction,
          llm: (operator: LlmOperator, messages: readonly ChatMessage[]) =>
            fakeAnswer(operator, messages, IDENTITIES).text,
        };
        const expected = rows.flatMap((row) =>
          Object.values(interpretWorkflow(workflow, row, world)),
        );
        expect(naive.outputs).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it('gives the outputs of the naive plan, whatever rules are on and whatever is cached', () => {
    fc.assert(
      fc.property(randomPlan, disabledRules, fc.func(fc.boolean()), (plan, disabled, isKept) => {
        const naive = execute(prepareRun(plan, NAIVE).plan, NAIVE);
        const options = { ...OPTIONS, disabledRules: disabled };
        const prepared = prepareRun(plan, options);
        const cold = execute(prepared.plan, options);
        expect(cold.outputs).toEqual(naive.outputs);

        const hits = new Map([...cold.cache].filter(([key]) => isKept(key)));
        const warm = substituteHits(prepared, hits);
        expect(execute(warm.plan, { ...options, hits }).outputs).toEqual(naive.outputs);
      }),
      { numRuns: 600 },
    );
  });

  it('accounts for every submitted instance exactly once', () => {
    fc.assert(
      fc.property(randomPlan, disabledRules, fc.func(fc.boolean()), (plan, disabled, isKept) => {
        const options = { ...OPTIONS, disabledRules: disabled };
        const prepared = prepareRun(plan, options);
        const { cache } = execute(prepared.plan, options);
        const hits = new Map([...cache].filter(([key]) => isKept(key)));
        for (const planned of [prepared.plan, substituteHits(prepared, hits).plan]) {
          // Less what moved into branches, which counts when they are expanded.
          const submittedNow = planned.counts.submitted;
          expect(submittedNow).toBe(prepared.submitted.submittedCalls * plan.rows.length);
          expect(submittedNow).toBeLessThanOrEqual(plan.submittedCalls * plan.rows.length);
          const { calls, counts } = execute(planned, { ...options, hits });
          const { submitted, pruned, merged, cached } = counts;
          expect(pruned + merged + cached + calls).toBe(submitted);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('leaves no repeatable call to run once everything is cached', () => {
    fc.assert(
      fc.property(randomCase, ({ plan, isChancy }) => {
        const prepared = prepareRun(plan, OPTIONS);
        const { cache } = execute(prepared.plan, OPTIONS);
        const { plan: warm } = substituteHits(prepared, cache);
        const left = warm.nodes.filter(
          ({ action, signature }) => action.kind === 'call' && signature !== undefined,
        );
        expect(left).toEqual([]);
        const again = execute(warm, { ...OPTIONS, hits: cache });
        if (!isChancy) expect(again.calls).toBe(0);
      }),
    );
  });
});
