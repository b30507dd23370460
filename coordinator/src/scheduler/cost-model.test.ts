import { describe, expect, it } from 'vitest';
import { evaluateTokenSteps } from './cost-model.ts';
import type { Instance } from './instance.ts';
import { indexInstance } from './instance-index.ts';
import { lowerBounds } from './lower-bounds.ts';
import { readSchedule } from './schedule-json.ts';
import { EVALUATIONS, REFERENCE, SHIPPED, shippedInstance } from './shipped-instances.cases.ts';

const EXAMPLE: Instance = {
  name: 'section 3',
  workers: 1,
  kvCapacity: 1000,
  maxSeqs: 8,
  maxBatchedTokens: 256,
  segments: Int32Array.of(100, 20, 30),
  calls: [
    { prompt: Int32Array.of(0, 1), out: 10, deps: Int32Array.of(), op: 0, query: 0 },
    { prompt: Int32Array.of(0, 2), out: 20, deps: Int32Array.of(), op: 1, query: 0 },
    { prompt: Int32Array.of(0, 1, ~1), out: 5, deps: Int32Array.of(1), op: 2, query: 0 },
  ],
};

const evaluate = (workers: number[][]) => evaluateTokenSteps(indexInstance(EXAMPLE), { workers });

describe('evaluateTokenSteps (PROBLEM.md, section 3)', () => {
  it('agrees with the worked example', () => {
    expect([...evaluate([[0, 1, 2]]).completion]).toEqual([1255, 2065, 22280]);
    expect(evaluate([[1, 0, 2]]).makespan).toBe(22925);
    expect(evaluate([[1, 0, 2]]).savedTokens).toBeGreaterThan(evaluate([[0, 1, 2]]).savedTokens);
  });

  it.each(EVALUATIONS.map((each, i) => [`${each.schedule.instance} ${i}`, each] as const))(
    'equals evaluate.py to the last digit on %s',
    (_, { schedule, token_step: expected }) => {
      const instance = shippedInstance(schedule.instance);
      const report = evaluateTokenSteps(indexInstance(instance), readSchedule(instance, schedule));
      expect(report).toMatchObject({
        makespan: expected.makespan,
        makespanOverM: expected.makespan_over_M,
        workerEnd: expected.worker_end,
        workerBusy: expected.worker_busy,
        promptTokens: expected.prompt_tokens,
        prefillTokens: expected.prefill_tokens,
        savedTokens: expected.saved_tokens,
        hitRate: expected.hit_rate,
      });
    },
  );

  it('refuses what is no schedule, naming the call', () => {
    expect(() => evaluate([[0, 1]])).toThrow(/call 2 is missing/);
    expect(() => evaluate([[0, 1, 1, 2]])).toThrow(/call 1 occurs twice/);
    expect(() => evaluate([[0, 1, 2, 3]])).toThrow(/no such call: 3/);
    expect(() => evaluate([[0], [1, 2]])).toThrow(/2 sequences for 1 workers/);
    expect(() => evaluate([[0, 2, 1]])).toThrow(/call 2 on worker 0 can never start/);
  });

  it('refuses a makespan that a double does not hold exactly', () => {
    const calls = EXAMPLE.calls.map((call) => ({ ...call, out: 2 ** 30 }));
    const index = indexInstance({ ...EXAMPLE, calls });
    expect(() => evaluateTokenSteps(index, { workers: [[0, 1, 2]] })).toThrow(/exceeds 2\^53/);
  });
});

describe('lowerBounds (PROBLEM.md, section 3, bounds)', () => {
  it.each(SHIPPED.map((instance) => [instance.name, instance] as const))(
    'equal those of the reference on %s',
    (name, instance) => {
      const { criticalPath, load } = lowerBounds(indexInstance(instance));
      expect({ criticalPath, load }).toEqual({
        criticalPath: REFERENCE[name]!.critical_path_bound,
        load: REFERENCE[name]!.load_bound,
      });
    },
  );
});
