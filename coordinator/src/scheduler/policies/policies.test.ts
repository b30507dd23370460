import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateTokenSteps } from '../cost-model.ts';
import type { Instance, SchedulingOptions } from '../instance.ts';
import { indexInstance } from '../instance-index.ts';
import { anyInstance } from '../random-instance.cases.ts';
import { REFERENCE, SHIPPED } from '../shipped-instances.cases.ts';
import { simulate } from '../simulation/simulate.ts';
import { REFERENCE_MACHINE } from '../simulation/step-timing.ts';
import { criticalPathPrefixSchedule, PREFIX_WEIGHTS } from './critical-path-prefix.ts';
import { DEFAULT_POLICY, POLICIES, requirePolicy } from './index.ts';
import { Portfolio } from './portfolio.ts';

const byName = POLICIES.map((policy) => [policy.name, policy] as const);
const shipped = SHIPPED.map((instance) => [instance.name, instance] as const);

describe.each(byName)('policy %s', (_, policy) => {
  it('makes feasible schedules of any instance, and the same one again', () => {
    fc.assert(
      fc.property(anyInstance, fc.nat(), (instance, seed) => {
        const schedule = policy.schedule(instance, { seed });
        const index = indexInstance(instance);
        const { makespan, completion } = evaluateTokenSteps(index, schedule);
        expect(makespan).toBe(Math.max(...completion));
        simulate(index, schedule);
        expect(policy.schedule(instance, { seed })).toEqual(schedule);
      }),
      { numRuns: 60 },
    );
  });

  it('says what it is and where it comes from', () => {
    expect(policy.description).toMatch(/\((paper|PROBLEM\.md|KVFlow|Parrot), .+\)\.$/);
  });
});

describe('the baselines of PROBLEM.md section 7', () => {
  it.each(shipped)('reach the reference makespans on %s', (name, instance) => {
    const index = indexInstance(instance);
    const makespan = (policy: string) =>
      evaluateTokenSteps(index, requirePolicy(policy).schedule(instance, { seed: 1 })).makespan;
    const sweep = PREFIX_WEIGHTS.map(
      (lambda) => evaluateTokenSteps(index, criticalPathPrefixSchedule(index, lambda)).makespan,
    );
    expect({
      querywise: makespan('query-wise'),
      opwise: makespan('operator-wise'),
      lspf: makespan('lspf'),
      cp_prefix: makespan('critical-path-prefix'),
      cp_prefix_sweep: Math.min(...sweep),
    }).toEqual({
      querywise: REFERENCE[name]!.querywise,
      opwise: REFERENCE[name]!.opwise,
      lspf: REFERENCE[name]!.lspf,
      cp_prefix: REFERENCE[name]!.cp_prefix,
      cp_prefix_sweep: REFERENCE[name]!.cp_prefix_sweep,
    });
  });
});

describe('the policies after other systems', () => {
  const call = (prompt: number[], deps: number[], query: number) => ({
    prompt: Int32Array.from(prompt),
    deps: Int32Array.from(deps),
    out: 10,
    op: 0,
    query,
  });
  const sequences = (policy: string, calls: Instance['calls'], kvCapacity = 1000) => {
    const limits = { workers: 2, kvCapacity, maxSeqs: 8, maxBatchedTokens: 64 };
    const instance = { name: 'i', ...limits, segments: Int32Array.of(50, 20, 30), calls };
    return requirePolicy(policy).schedule(instance, { seed: 1 }).workers;
  };

  it('kvflow sends step by step to the shortest queue (KVFlow, 3.1)', () => {
    const calls = [call([0], [], 0), call([0], [0], 0), call([0], [], 1), call([0], [2], 1)];
    expect(sequences('kvflow', calls)).toEqual([
      [0, 1],
      [2, 3],
    ]);
  });

  it('parrot keeps calls for one consumer together, and calls that begin alike (Parrot, 5.4)', () => {
    const calls = [
      call([0], [], 0),
      call([1], [], 0),
      call([2], [], 1),
      call([2, 1], [], 2),
      call([0, ~0, ~1], [0, 1], 0),
    ];
    expect(sequences('parrot', calls)).toEqual([
      [0, 1, 4],
      [2, 3],
    ]);
  });

  it('parrot splits a group that no engine has room for', () => {
    const calls = [call([0], [], 0), call([0, 1], [], 1), call([0, 2], [], 2)];
    expect(sequences('parrot', calls, 160)).toEqual([[0, 1], [2]]);
  });
});

/** So many rows of one call; all share a prefix. */
function oneCallRows(calls: number): Instance {
  const limits = { kvCapacity: 1000, maxSeqs: 8, maxBatchedTokens: 512 };
  const [prompt, deps] = [Int32Array.of(0), new Int32Array(0)];
  return {
    name: 'rows',
    workers: 2,
    ...limits,
    segments: Int32Array.of(16),
    calls: Array.from({ length: calls }, (_, query) => ({ prompt, out: 1, deps, op: 0, query })),
  };
}

describe('the default policy', () => {
  it.each(shipped)('is behind no other in continuous batching on %s', (_, instance) => {
    const index = indexInstance(instance);
    const seconds = (policy: string) =>
      simulate(index, requirePolicy(policy).schedule(instance, { seed: 1 })).makespanSeconds;
    const least = Math.min(...POLICIES.map((policy) => seconds(policy.name)));
    expect(seconds('')).toBeLessThanOrEqual(least);
  });

  it.each(shipped)('is behind no other in token steps when told so, on %s', (_, instance) => {
    const index = indexInstance(instance);
    const options = { seed: 1, machine: { kind: 'token-steps' } } as const;
    const makespan = (policy: string) =>
      evaluateTokenSteps(index, requirePolicy(policy).schedule(instance, options)).makespan;
    expect(makespan('')).toBe(Math.min(...POLICIES.map((policy) => makespan(policy.name))));
  });

  it.each([
    { calls: 100, compared: 17, standing: 17 },
    { calls: 1_000, compared: 14, standing: 14 },
    { calls: 2_000, compared: 11, standing: 7 },
    { calls: 5_000, compared: 8, standing: 4 },
    { calls: 10_000, compared: 7, standing: 2 },
  ])(
    'compares $compared schedules of $calls calls at first, $standing where one is in force',
    (of) => {
      const index = indexInstance(oneCallRows(of.calls));
      const options = { seed: 1, machine: REFERENCE_MACHINE };
      const standing = { workers: [[...index.instance.calls.keys()], []], bound: [] };
      const count = (more: SchedulingOptions) => new Portfolio(index, more).comparison.all.length;
      expect(count(options)).toBe(of.compared);
      expect(count({ ...options, standing })).toBe(of.standing);
    },
  );

  it('says of schedules that are alike what playing each of them says', () => {
    const machines = [REFERENCE_MACHINE, { kind: 'token-steps' }] as const;
    fc.assert(
      fc.property(anyInstance, fc.constantFrom(...machines), (instance, machine) => {
        const index = indexInstance(instance);
        const { judge, comparison } = new Portfolio(index, { seed: 1, machine });
        for (const { candidate, schedule } of comparison.all) {
          expect(judge.judge(candidate.name, schedule)).toEqual(candidate);
        }
      }),
    );
  });

  it('has the first place of the table', () => {
    expect(requirePolicy('').name).toBe(DEFAULT_POLICY);
    expect(() => requirePolicy('best')).toThrow(/policy "best" is unknown; there are portfolio, /);
  });
});
