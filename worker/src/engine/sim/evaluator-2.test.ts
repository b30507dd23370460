import { describe, expect, it } from 'vitest';
import { type SchedulingInstance, simulateInstance } from './evaluator-2.fixture.ts';
import cases from './testdata/evaluator-2.json' with { type: 'json' };

/** Instances with what evaluator 2 says of them, calls in their numbers' order on one worker. */
function requireCase(name: string) {
  const found = cases.find((c) => c.instance.name === name);
  if (found === undefined) throw new Error(`no case ${name}`);
  return { instance: found.instance as SchedulingInstance, evaluator: found.evaluator2 };
}

describe('planner and modelled server against evaluator 2', () => {
  it('agrees to a microsecond under memory pressure where no block is wanted twice', async () => {
    const { instance, evaluator } = requireCase('s09-trading-mini');
    const run = await simulateInstance(instance);
    expect(run.makespanSeconds).toBeCloseTo(evaluator.makespan_s, 6);
    expect(run.hitRate).toBeCloseTo(evaluator.hit_rate, 12);
    expect(run.evictedTokens).toBeGreaterThan(0);
  });

  // Evaluator 2 lets a call read what another computes in the same step; real KV is there after the
  // step.
  it('is late by a step for each wait for a block in flight, and hits as much', async () => {
    const { instance, evaluator } = requireCase('s01-mapred-mmlu');
    const run = await simulateInstance(instance);
    const waits = 2;
    expect(run.makespanSeconds - evaluator.makespan_s).toBeCloseTo(waits * 0.007, 4);
    expect(run.prefilledTokens).toBe(evaluator.prefill_tokens);
  });

  // Evaluator 2 reuses generated KV; here it is computed again as prompt, for the sake of equal
  // bits.
  it('computes again just the outputs that evaluator 2 finds in its tree', async () => {
    const { instance, evaluator } = requireCase('s04-debate-mmlu');
    const run = await simulateInstance(instance);
    const continued = instance.calls.flatMap(({ prompt }) => {
      const first = prompt.findIndex((item) => item.startsWith('o'));
      return first < 0 ? [] : [instance.calls[Number(prompt[first]!.slice(1))]!.out];
    });
    const again = continued.reduce((a, b) => a + b, 0);
    expect(run.prefilledTokens).toBe(evaluator.prefill_tokens + again);
    const late = run.makespanSeconds - evaluator.makespan_s;
    expect(late).toBeGreaterThan(0);
    expect(late).toBeLessThan(0.01 * evaluator.makespan_s);
  });
});
