import { HeliumError } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { readInstance } from './read-instance.ts';
import { readSchedule, writeSchedule } from './schedule-json.ts';
import { SHIPPED } from './shipped-instances.cases.ts';
import json from './testdata/s04-debate-mmlu.json' with { type: 'json' };

const faultsOf = (changed: object): string[] => {
  try {
    readInstance({ ...json, ...changed });
  } catch (error) {
    if (error instanceof HeliumError) return error.faults.map((f) => `${f.field} ${f.message}`);
    throw error;
  }
  return [];
};

const callWith = (changed: object) => [{ ...json.calls[0], ...changed }];

describe('readInstance (PROBLEM.md, section 1)', () => {
  it('reads segments as numbers and outputs as complements', () => {
    const { calls } = readInstance(json);
    expect([...calls[2]!.prompt]).toEqual([0, 4, 2, ~0, 1, ~1]);
    expect([...calls[2]!.deps]).toEqual([0, 1]);
  });

  it.each([
    [{ workers: 0 }, 'workers is 0; an integer from 1 to 100000 is needed'],
    [{ workers: 100_001 }, 'workers is 100001; an integer from 1 to 100000 is needed'],
    [{ kv_capacity: null }, 'kv_capacity is null; an integer from 1 to 2147483647 is needed'],
    [{ segments: [25, 0.5] }, 'segments[1] is 0.5; an integer from 1 to 2147483647 is needed'],
    [{ calls: {} }, 'calls is no list: {}'],
    [{ calls: callWith({ deps: [0] }) }, 'calls[0].deps[0] is 0; call 0 needs smaller numbers'],
    [
      { calls: callWith({ prompt: ['x1'] }) },
      'calls[0].prompt[0] is neither s<segment> nor o<call>: "x1"',
    ],
    [
      { calls: callWith({ prompt: [{ toString: 1 }] }) },
      'calls[0].prompt[0] is neither s<segment> nor o<call>: {"toString":1}',
    ],
    [{ calls: callWith({ prompt: ['s9'] }) }, 'calls[0].prompt[0] is s9; there are 7 segments'],
    [
      { calls: callWith({ prompt: ['o3'] }) },
      'calls[0].prompt[0] uses the output of call 3, which is not in deps',
    ],
    [{ calls: callWith({ prompt: [] }) }, 'calls[0].prompt is empty'],
  ])('refuses %j, naming place, value and limit', (changed, fault) => {
    expect(faultsOf(changed)).toContain(fault);
  });

  it('lists all faults at once', () => {
    expect(faultsOf({ workers: -1, max_seqs: 'many', calls: [] })).toHaveLength(3);
    expect(faultsOf({ calls: undefined })).toEqual(['calls is no list: undefined']);
  });

  it('refuses a call that no cache holds', () => {
    expect(faultsOf({ kv_capacity: 330 })[0]).toMatch(
      /^calls\[0\] needs \d+ prompt and 237 output tokens; kv_capacity is 330$/,
    );
  });

  it('refuses calls whose token steps a double does not hold exactly', () => {
    const calls = callWith({ out: 2 ** 23 });
    const segments = json.segments.map(() => 1);
    expect(faultsOf({ calls, segments, kv_capacity: 2 ** 30 - 2 ** 23 })).toEqual([]);
    expect(faultsOf({ calls, segments, kv_capacity: 2 ** 30 })).toEqual([
      expect.stringMatching(/^calls take \d+ token steps one after the other; at most 2\^53 - 1$/),
    ]);
  });
});

describe('schedules as JSON (PROBLEM.md, section 2)', () => {
  const [instance] = SHIPPED;
  const all = instance!.calls.map((_, call) => call);

  it('come back as they were written', () => {
    const execution = { dispatch: 'ordered', barrier: true, maxInflight: 2 } as const;
    const schedule = { workers: [[all.slice(0, 4), ...all.slice(4)]], execution };
    const written = JSON.parse(JSON.stringify(writeSchedule(instance!, schedule)));
    expect(readSchedule(instance!, written)).toEqual(schedule);
  });

  it.each([
    [{}, /"workers" is no list/],
    [{ workers: [3] }, /the sequence of worker 0 is no list/],
    [{ workers: [['3']] }, /worker 0: "3" is no call number/],
    [{ workers: [[0, 1]] }, /call 2 is missing/],
    [{ workers: [all], dispatch: 'fast' }, /dispatch is "fast"/],
    [{ workers: [all], max_inflight: 1.5 }, /max_inflight is 1.5/],
    [{ workers: [all], barrier: 'no' }, /barrier is "no", not true or false/],
    [{ workers: [all], instance: 'other' }, /of instance "other", not "s04-debate-mmlu"/],
  ])('are refused with the reason: %j', (json, reason) => {
    expect(() => readSchedule(instance!, json)).toThrow(reason);
  });
});
