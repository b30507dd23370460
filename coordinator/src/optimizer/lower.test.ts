import { describe, expect, it } from 'vitest';
import type { LlmOperator } from '../plan/index.ts';
import { lowerNaively, lowerPlan } from './lower.ts';
import { CASE_IDENTITIES, fn, format, input, llm, output, planOf } from './plan-builder.cases.ts';

const CHAIN = [
  input('x'),
  input('y'),
  llm('a', '', '{x}'),
  llm('b', '', '{a} {y}'),
  llm('c', '', 'nothing'),
  format('all', '{b} {c}'),
  output('text', 'all'),
];

describe('lowerPlan', () => {
  it('makes a node per operator and class of rows with equal inputs to it', () => {
    const rows = [
      { x: '1', y: '1' },
      { x: '1', y: '2' },
      { x: '1', y: '1' },
    ];
    const plan = lowerPlan(planOf('classes', CHAIN, rows), CASE_IDENTITIES);
    expect(plan.nodes.map((node) => `${node.operator} ${node.rows}`)).toEqual([
      'x 0,1,2',
      'y 0,2',
      'y 1',
      'a 0,1,2',
      'b 0,2',
      'b 1',
      'c 0,1,2',
      'all 0,2',
      'all 1',
    ]);
    expect(plan.nodes[5]!.inputs).toEqual([2, 3]);
    expect(plan.outputs.map((output) => output.node)).toEqual([7, 8, 7]);
    expect(plan.counts).toEqual({ submitted: 9, pruned: 0, merged: 5, cached: 0 });
  });

  it('makes as many nodes for many equal rows as for the distinct ones among them', () => {
    const distinct = [0, 1, 2].map((i) => ({ x: String(i), y: String(i % 2) }));
    const many = Array.from({ length: 3000 }, (_, i) => distinct[i % 3]!);
    const few = lowerPlan(planOf('few', CHAIN, distinct), CASE_IDENTITIES);
    const lowered = lowerPlan(planOf('many', CHAIN, many), CASE_IDENTITIES);
    expect(lowered.nodes.map((node) => node.signature)).toEqual(
      few.nodes.map((node) => node.signature),
    );
  });

  it('gives every row its own node of what is not repeatable, unsigned from there on', () => {
    const operators = [
      input('x'),
      llm('free', '', '{x}', 0.7),
      fn('roll', 'dice', '{x}', false),
      llm('after', '', '{free} {roll}'),
      llm('beside', '', '{x}'),
      output('a', 'after'),
      output('b', 'beside'),
    ];
    const rows = [{ x: '1' }, { x: '1' }];
    const { nodes } = lowerPlan(planOf('free', operators, rows), CASE_IDENTITIES);
    const told = nodes.map((n) => `${n.operator} ${n.rows} ${n.signature === undefined}`);
    expect(told).toEqual([
      'x 0,1 false',
      'free 0 true',
      'free 1 true',
      'roll 0 true',
      'roll 1 true',
      'after 0 true',
      'after 1 true',
      'beside 0,1 false',
    ]);
  });

  it('signs by what decides the text, not by ids, model names or the cut of templates', () => {
    const one = planOf(
      'one',
      [input('x'), llm('a', '', 'Say {x}!'), output('o', 'a')],
      [{ x: 'hi' }],
    );
    const two = planOf(
      'two',
      [input('y'), format('whole', 'Say {y}!'), llm('b', '', '{whole}'), output('o', 'b')],
      [{ y: 'hi' }],
    );
    const last = (plan: typeof one) => lowerPlan(plan, CASE_IDENTITIES).nodes.at(-1)!.signature;
    expect(last(one)).toBe(last(two));
    const other = { ...CASE_IDENTITIES, models: new Map([['m', 'digest-2' as never]]) };
    expect(lowerPlan(one, other).nodes.at(-1)!.signature).not.toBe(last(one));
  });

  it('signs calls apart by every parameter that decides the answer, and by no other', () => {
    const base = llm('a', 'Be brief.', 'Say hi.') as LlmOperator;
    const seeded = { temperature: 1, topK: 0, topP: 1, seed: 7n };
    const changes: Partial<LlmOperator>[] = [
      {},
      { maxTokens: 9 },
      { stop: ['.'] },
      { sampling: seeded },
      { sampling: { ...seeded, seed: 8n } },
      { sampling: { ...seeded, temperature: 0.5 } },
      { sampling: { ...seeded, topK: 3 } },
      { sampling: { ...seeded, topP: 0.5 } },
      { sampling: { ...seeded, minP: 0.5 } },
      { sampling: { ...base.sampling, repetitionPenalty: 1.5 } },
      { sampling: { ...base.sampling, presencePenalty: 1.5 } },
      { sampling: { ...base.sampling, frequencyPenalty: 1.5 } },
      { stopTokens: [5] },
      { logprobs: 0 },
      { logprobs: 3 },
      { messages: base.messages.toReversed() },
      { messages: base.messages.map((message) => ({ ...message, role: 'user' })) },
    ];
    const signatureOf = (change: Partial<LlmOperator>) => {
      const plan = planOf('call', [{ ...base, ...change }, output('o', 'a')], [{}]);
      return lowerPlan(plan, CASE_IDENTITIES).nodes[0]!.signature;
    };
    expect(new Set(changes.map(signatureOf)).size).toBe(changes.length);
    expect(signatureOf({ expectedTokens: 5 })).toBe(signatureOf({}));
  });
});

describe('lowerNaively', () => {
  it('makes a node per operator and row, a row after the other', () => {
    const plan = lowerNaively(
      planOf('naive', CHAIN, [
        { x: '1', y: '1' },
        { x: '1', y: '1' },
      ]),
    );
    expect(plan.nodes.map((node) => `${node.operator} ${node.rows}`)).toEqual([
      ...['x 0', 'y 0', 'a 0', 'b 0', 'c 0', 'all 0'],
      ...['x 1', 'y 1', 'a 1', 'b 1', 'c 1', 'all 1'],
    ]);
    expect(plan.counts).toEqual({ submitted: 6, pruned: 0, merged: 0, cached: 0 });
  });
});
