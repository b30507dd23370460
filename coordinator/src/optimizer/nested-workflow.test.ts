import { type ChatMessage, operatorId } from '@helium/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DEFAULT_PLAN_LIMITS,
  type LlmOperator,
  type Operator,
  validateWorkflow,
} from '../plan/index.ts';
import { interpretWorkflow } from '../plan/interpret.cases.ts';
import { execute, fakeAnswer, fakeFunction, TEST_KEYS } from './interpreter.cases.ts';
import { lowerPlan } from './lower.ts';
import { nearTwins } from './near-twin.cases.ts';
import { NESTED_FUNCTIONS, type NestedCase, nestedCase } from './nested-workflow.cases.ts';
import { type PrepareOptions, prepareRun, substituteHits } from './prepare-run.ts';
import { IDENTITIES } from './random-plan.cases.ts';
import { RULES } from './rules.ts';

const OFFER = {
  models: [...IDENTITIES.models.keys()],
  functions: new Map(NESTED_FUNCTIONS.map((name) => [name, { pure: true }])),
};

const OPTIONS: PrepareOptions = {
  naive: false,
  disabledRules: [],
  identities: {
    models: IDENTITIES.models,
    functions: new Map(NESTED_FUNCTIONS.map((name) => [name, name])),
  },
  cacheKeys: TEST_KEYS,
};

const NAIVE = { ...OPTIONS, naive: true };

const NESTED_KINDS = new Set(['map', 'each', 'cond', 'loop']);

const disabledRules = fc.subarray(RULES.map((rule) => rule.name));

function planOf({ workflow, rows }: NestedCase) {
  return validateWorkflow(workflow, rows, OFFER, DEFAULT_PLAN_LIMITS);
}

/** By the plain meaning of the operators: no plan, nothing merged, pruned or cached. */
function meaningOf({ workflow, rows }: NestedCase): string[] {
  const world = {
    fn: fakeFunction,
    llm: (operator: LlmOperator, messages: readonly ChatMessage[]) =>
      fakeAnswer(operator, messages, IDENTITIES).text,
  };
  return rows.flatMap((row) => Object.values(interpretWorkflow(workflow, row, world)));
}

describe('a workflow whose bodies hold each other', () => {
  it('yields what its operators plainly mean, planned naively', () => {
    fc.assert(
      fc.property(nestedCase, (nested) => {
        const { outputs } = execute(prepareRun(planOf(nested), NAIVE).plan, NAIVE);
        expect(outputs).toEqual(meaningOf(nested));
      }),
      { numRuns: 400 },
    );
  });

  it('yields the same whatever rules are on and whatever is cached, every instance told once', () => {
    fc.assert(
      fc.property(nestedCase, disabledRules, fc.func(fc.boolean()), (nested, disabled, isKept) => {
        const expected = meaningOf(nested);
        const options = { ...OPTIONS, disabledRules: disabled };
        const prepared = prepareRun(planOf(nested), options);
        const cold = execute(prepared.plan, options);
        expect(cold.outputs).toEqual(expected);
        const hits = new Map([...cold.cache].filter(([key]) => isKept(key)));
        const warm = execute(substituteHits(prepared, hits).plan, { ...options, hits });
        expect(warm.outputs).toEqual(expected);
        for (const { calls, counts } of [cold, warm]) {
          const { submitted, pruned, merged, cached } = counts;
          expect(pruned + merged + cached + calls).toBe(submitted);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('runs no call again once everything is cached', () => {
    fc.assert(
      fc.property(nestedCase, (nested) => {
        const prepared = prepareRun(planOf(nested), OPTIONS);
        const { cache: hits } = execute(prepared.plan, OPTIONS);
        const again = execute(substituteHits(prepared, hits).plan, { ...OPTIONS, hits });
        expect(again.calls).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  it('has one signature for one text, however little another differs', () => {
    fc.assert(
      fc.property(nestedCase, ({ workflow, rows }) => {
        let made = 0;
        const fresh = () => operatorId(`t${made++}`);
        const operators = workflow.operators.filter(({ kind }) => kind !== 'output');
        const chosen = operators.filter(({ kind }) => NESTED_KINDS.has(kind)).slice(-2);
        const all = [...chosen, ...chosen.flatMap((operator) => nearTwins(operator, fresh))];
        fc.pre(all.length > 0);
        const outputs = all.map(
          ({ id }): Operator => ({ kind: 'output', id: fresh(), name: id, value: id }),
        );
        const twins = new Set([...operators, ...all]);
        const nested = { workflow: { ...workflow, operators: [...twins, ...outputs] }, rows };
        const plan = lowerPlan(planOf(nested), OPTIONS.identities);
        const texts = meaningOf(nested);
        const bySignature = new Map<string | undefined, string>();
        for (const [i, { node }] of plan.outputs.entries()) {
          const { signature } = plan.nodes[node]!;
          expect(signature).toBeDefined();
          expect(bySignature.get(signature) ?? texts[i]).toBe(texts[i]);
          bySignature.set(signature, texts[i]!);
        }
      }),
      { numRuns: 150 },
    );
  });
});
