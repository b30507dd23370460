import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { balancedPlacement } from '../balanced-placement.ts';
import type { Instance } from '../instance.ts';
import { indexInstance } from '../instance-index.ts';
import { querySlices } from '../query-slices.ts';
import { anyInstance } from '../random-instance.cases.ts';
import { SHIPPED, shippedInstance } from '../shipped-instances.cases.ts';
import { cacheAwareOrder } from './cache-aware-order.ts';
import { naiveOrder } from './naive-order.cases.ts';
import { nestedSchedule } from './nested-schedule.ts';
import { componentDepths } from './sibling-depths.ts';

const ROWS = 3;

/**
 * Figure 4 of the paper over three rows: agent 1 answers (call 3·row), agent 2 answers the same
 * question (3·row + 1), and agent 2 comments on agent 1's answer (3·row + 2). Segments 0 and 1 are
 * the agents' system prompts, 2 + row is the row's question.
 */
const figure4: Instance = {
  name: 'figure 4',
  workers: 1,
  kvCapacity: 2000,
  maxSeqs: 8,
  maxBatchedTokens: 256,
  segments: Int32Array.of(100, 100, 50, 50, 50),
  calls: Array.from({ length: ROWS }, (_, row) => {
    const question = 2 + row;
    const call = (op: number, prompt: number[], deps: number[]) => ({
      prompt: Int32Array.from(prompt),
      deps: Int32Array.from(deps),
      out: 20,
      op,
      query: row,
    });
    return [
      call(0, [0, question], []),
      call(1, [1, question], []),
      call(2, [1, question, ~(3 * row)], [3 * row]),
    ];
  }).flat(),
};

const onWorker0 = (instance: Instance) => new Int32Array(instance.calls.length);

describe('cache-aware scheduling (paper, section 5, algorithm 1)', () => {
  it('runs operators that share a static prompt query by query, others one after the other', () => {
    const { workers } = nestedSchedule(indexInstance(figure4), onWorker0(figure4));
    expect(workers).toEqual([
      [
        [0, 3, 6],
        [1, 2, 4, 5, 7, 8],
      ],
    ]);
  });

  it('starts a new group for an operator that needs one of the group', () => {
    const debate = shippedInstance('s04-debate-mmlu');
    const { workers } = nestedSchedule(indexInstance(debate), onWorker0(debate));
    const operators = workers[0]!.map((group) => [
      ...new Set([group].flat().map((call) => debate.calls[call]!.op)),
    ]);
    expect(operators).toEqual([
      [0, 1],
      [2, 3],
    ]);
  });

  it('emits the groups that it would with every state computed anew', () => {
    const check = (instance: Instance) => {
      const calls = instance.calls.map((call, op) => ({ ...call, op }));
      for (const each of [instance, { ...instance, calls }]) {
        const index = indexInstance(each);
        for (const workerOf of [querySlices(index), balancedPlacement(index), onWorker0(each)]) {
          expect(cacheAwareOrder(index, workerOf)).toEqual(naiveOrder(index, workerOf));
        }
      }
    };
    SHIPPED.forEach(check);
    fc.assert(fc.property(anyInstance, check));
  });

  it('orders a call whose prompt holds tens of thousands of outputs', () => {
    const prompt = Int32Array.from({ length: 40_000 }, (_, i) => (i % 2 === 0 ? ~0 : 1));
    const deep: Instance = {
      ...figure4,
      segments: Int32Array.of(4, 1),
      calls: [
        { prompt: Int32Array.of(0), deps: Int32Array.of(), out: 1, op: 0, query: 0 },
        { prompt, deps: Int32Array.of(0), out: 1, op: 1, query: 0 },
      ],
    };
    const { workers } = nestedSchedule(indexInstance(deep), onWorker0(deep));
    expect(workers.flat(2)).toEqual([0, 1]);
  });

  it('prefers what most is waiting for', () => {
    const trading = shippedInstance('s09-trading-mini');
    const { workers } = nestedSchedule(indexInstance(trading), onWorker0(trading));
    expect([workers[0]![0]].flat()[0]).toBe(0);
    expect(workers.flat(2).at(-1)).toBe(trading.calls.length - 1);
  });
});

describe('componentDepths', () => {
  const depths = (...edges: number[][]) => [
    ...componentDepths(edges.length, (node) => edges[node]!),
  ];

  it('is the longest way from a component nothing points to', () => {
    expect(depths([1, 2], [3], [3], [], [3])).toEqual([0, 1, 1, 2, 0]);
  });

  it('gives all members of a circle the same depth', () => {
    expect(depths([1], [2], [1, 3], [])).toEqual([0, 1, 1, 2]);
  });
});
