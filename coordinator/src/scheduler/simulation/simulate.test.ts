import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClusterState } from '../instance.ts';
import { indexInstance } from '../instance-index.ts';
import { lspf } from '../policies/lspf.ts';
import { anyInstance } from '../random-instance.cases.ts';
import { readSchedule } from '../schedule-json.ts';
import { EVALUATIONS, shippedInstance } from '../shipped-instances.cases.ts';
import { beginWorkers } from './begun-workers.ts';
import { simulate, simulateFeasible } from './simulate.ts';
import { REFERENCE_TIMING } from './step-timing.ts';

describe('simulate (PROBLEM.md, section 5)', () => {
  it.each(EVALUATIONS.map((each, i) => [`${each.schedule.instance} ${i}`, each] as const))(
    'equals evaluate.py to the last digit on %s',
    (_, { schedule, simulation }) => {
      const instance = shippedInstance(schedule.instance);
      expect(simulate(indexInstance(instance), readSchedule(instance, schedule))).toEqual({
        makespanSeconds: simulation.makespan_s,
        hitRate: simulation.hit_rate,
        prefillTokens: simulation.prefill_tokens,
        evictedTokens: simulation.evicted_tokens,
        meanBatch: simulation.mean_batch,
      });
    },
  );

  it('finishes every schedule of calls that fit, at least as slow as decoding the longest', () => {
    fc.assert(
      fc.property(anyInstance, (instance) => {
        const index = indexInstance(instance);
        const { makespanSeconds } = simulate(index, lspf.schedule(instance, { seed: 1 }));
        const longest = Math.max(...index.out);
        expect(makespanSeconds).toBeGreaterThanOrEqual(longest * 7.0e-3);
      }),
    );
  });

  it('begins where workers are: what is generated and resident is not computed again, at their speeds', () => {
    const instance = shippedInstance('s12-debate-w2');
    const index = indexInstance(instance);
    const schedule = lspf.schedule(instance, { seed: 1 });
    const play = (state: Partial<ClusterState>) => {
      const whole = { generated: [], resident: [], slowness: [], ...state };
      const begun = beginWorkers(index, whole);
      return simulateFeasible(index, schedule, REFERENCE_TIMING, undefined, undefined, begun);
    };
    const plain = play({});
    expect(plain).toEqual(simulate(index, schedule));
    expect(play({ slowness: [2, 2] }).makespanSeconds).toBeCloseTo(2 * plain.makespanSeconds, 9);
    const first = instance.calls.flatMap(({ deps }, call) => (deps.length === 0 ? [call] : []));
    const tokensOf = (call: number) => index.promptTokens[call]!;
    const resident = [0, 1].flatMap((worker) =>
      first.map((call) => ({ worker, call, tokens: tokensOf(call) })),
    );
    const warm = play({ resident });
    expect(warm.prefillTokens).toBeLessThan(plain.prefillTokens);
    expect(warm.makespanSeconds).toBeLessThan(plain.makespanSeconds);
    const generated = first.map((call) => ({ call, tokens: index.out[call]! / 2 }));
    const half = play({ generated });
    const prompts = first.reduce((sum, call) => sum + tokensOf(call), 0);
    expect(half.prefillTokens).toBeLessThan(plain.prefillTokens);
    expect(half.prefillTokens + prompts).toBeGreaterThanOrEqual(plain.prefillTokens);
    expect(half.makespanSeconds).toBeLessThan(warm.makespanSeconds);
  });

  it('refuses a schedule that breaks precedence even where skipping would save it', () => {
    const instance = shippedInstance('s04-debate-mmlu');
    const backwards = instance.calls.map((_, call) => instance.calls.length - 1 - call);
    expect(() => simulate(indexInstance(instance), { workers: [backwards] })).toThrow(
      /can never start/,
    );
  });

  it('refuses a call that never fits into the cache', () => {
    const small = { ...shippedInstance('s04-debate-mmlu'), kvCapacity: 300 };
    const inOrder = small.calls.map((_, call) => call);
    expect(() => simulate(indexInstance(small), { workers: [inOrder] })).toThrow(
      /stopped with \d+ of 12 calls done/,
    );
  });
});
