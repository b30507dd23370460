import { expect, it } from 'vitest';
import { prepareRun, substituteHits } from '../optimizer/index.ts';
import { CASE_IDENTITIES, llm, output, planOf } from '../optimizer/plan-builder.cases.ts';
import type { ExplainedPlan } from './explained-plan.ts';
import { saySavings } from './say-calls.ts';

it('a prompt cache that is slow is told, with its time, where it is asked', () => {
  const submitted = planOf('w', [llm('a', '', 'x'), output('o', 'a')], [{}]);
  const options = { naive: false, disabledRules: [], identities: CASE_IDENTITIES };
  const { plan } = substituteHits(prepareRun(submitted, options), new Map());
  const say = (facts: Pick<ExplainedPlan, 'lookups' | 'slowCacheMs'>) =>
    saySavings({ submitted, plan, named: plan, steps: [], isNaive: false, pools: [], ...facts });
  expect(say({ lookups: 1, slowCacheMs: 412.3 }).join(' ')).toContain(
    '- The prompt cache is slow: it takes 412 ms to answer. Each call waits so long when its prompt becomes   known.',
  );
  for (const facts of [
    { lookups: 1, slowCacheMs: undefined },
    { lookups: 0, slowCacheMs: 412 },
  ]) {
    expect(say(facts).join('\n')).not.toContain('slow');
  }
});
