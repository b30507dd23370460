import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { POLICIES } from './policies/index.ts';
import { anyInstance } from './random-instance.cases.ts';
import { planSchedule } from './schedule.ts';
import { shippedInstance } from './shipped-instances.cases.ts';

const instance = shippedInstance('s12-debate-w2');

describe('planSchedule', () => {
  it('reports what it compared, and the cost of what it chose', () => {
    const { report, sequences } = planSchedule({ instance, policy: '', seed: 1 });
    expect(sequences.flat().sort((a, b) => a - b)).toEqual(instance.calls.map((_, call) => call));
    expect(report.policy).toBe('portfolio');
    expect(report.candidates.length).toBeGreaterThan(10);
    expect(report.savedTokens / report.promptTokens).toBe(report.hitRate);
    expect(report.chosen?.cost).toBe(Math.min(...report.candidates.map((each) => each.cost)));
  });

  it('plans nothing for nothing', () => {
    const { sequences, report } = planSchedule({
      instance: { ...instance, calls: [] },
      policy: '',
      seed: 1,
    });
    expect(sequences.flat()).toEqual([]);
    expect(report).toMatchObject({ makespan: 0, hitRate: 0, promptTokens: 0 });
  });

  it('plans calls that no cache holds by token steps', () => {
    const small = { ...instance, kvCapacity: 300 };
    const { sequences } = planSchedule({ instance: small, policy: '', seed: 1 });
    expect(sequences.flat()).toHaveLength(instance.calls.length);
  });

  it.each(POLICIES.map((policy) => [policy.name]))(
    'leaves pinned calls where they are under %s',
    (policy) => {
      const anyPins = fc.array(fc.nat(), { maxLength: 8 });
      fc.assert(
        fc.property(anyInstance, anyPins, (random, workers) => {
          const pinned = random.calls
            .slice(0, workers.length)
            .map((_, call) => ({ call, worker: workers[call]! % random.workers }));
          const { sequences } = planSchedule({ instance: random, policy, seed: 1, pinned });
          sequences.forEach((sequence, worker) => {
            const here = pinned.filter((pin) => pin.worker === worker).map((pin) => pin.call);
            expect(sequence.slice(0, here.length)).toEqual(here);
          });
        }),
        { numRuns: 40 },
      );
    },
  );

  it('refuses pins that cannot be', () => {
    const plan = (...pinned: { call: number; worker: number }[]) =>
      planSchedule({ instance, policy: '', seed: 1, pinned });
    expect(() => plan({ call: 0, worker: 2 })).toThrow(/call 0 is pinned to worker 2 of 2/);
    expect(() => plan({ call: 0, worker: 0 }, { call: 0, worker: 1 })).toThrow(/pinned twice/);
    expect(() => plan({ call: 2, worker: 0 })).toThrow(/pinned before call 0, which it needs/);
    expect(() => plan({ call: 99, worker: 0 })).toThrow(/no such call: 99/);
  });
});
