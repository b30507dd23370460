import { HeliumError, operatorId } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import type { NodePlan, PlannedNode } from '../plan/index.ts';
import { checkLogicalPlan, checkNodePlan } from './check-plan.ts';
import { lowerPlan } from './lower.ts';
import { CASE_IDENTITIES, input, llm, output, planOf } from './plan-builder.cases.ts';

const LOGICAL = planOf(
  'small',
  [input('x'), llm('a', '', '{x}'), llm('b', '', '{a} {x}'), output('o', 'b')],
  [{ x: '1' }, { x: '2' }],
);
const NODES = lowerPlan(LOGICAL, CASE_IDENTITIES);

function change(index: number, parts: Partial<PlannedNode>): NodePlan {
  const nodes = NODES.nodes.map((node, i) => (i === index ? { ...node, ...parts } : node));
  return { ...NODES, nodes };
}

function refusal(act: () => void): string {
  try {
    act();
  } catch (thrown) {
    const error = HeliumError.from(thrown);
    expect(error.code).toBe('INVARIANT_BROKEN');
    return error.message;
  }
  return 'accepted';
}

describe('checkNodePlan', () => {
  it('accepts what lowering makes', () => {
    expect(refusal(() => checkNodePlan(NODES, LOGICAL, 'lower'))).toBe('accepted');
  });

  const [first] = NODES.nodes;
  const broken: [string, NodePlan, string][] = [
    ['an input after its use', change(4, { inputs: [1, 5] }), 'node 4 (b): inputs are 1,5'],
    ['inputs out of order', change(4, { inputs: [2, 0] }), 'node 4 (b): inputs are 2,0'],
    [
      'an input not bound',
      change(4, { inputs: [0, 1, 2] }),
      'node 4 (b): inputs are 0,1,2, bound are 2,0',
    ],
    [
      'a reference not bound',
      change(4, {
        inputs: [],
        action: { ...NODES.nodes[4]!.action, bindings: new Map() } as never,
      }),
      'node 4 (b): reference to "a" is not bound',
    ],
    ['a node of no row', change(2, { rows: [] }), 'node 2 (a): rows are wrong'],
    ['a row outside the batch', change(2, { rows: [2] }), 'node 2 (a): rows are wrong'],
    ['a signature cut short', change(2, { signature: 'abc' }), 'node 2 (a): signature is abc'],
    ['a value with inputs', change(1, { inputs: [0] }), 'node 1 (x): is a value with inputs'],
    [
      'an instance answered twice',
      change(3, { answers: NODES.nodes[2]!.answers }),
      'node 3 (a): row 0 of "a" is answered twice',
    ],
    [
      'a node named for another operator',
      change(3, { answers: first!.answers }),
      'node 3 (a) is named for another',
    ],
    ['an output lost', { ...NODES, outputs: NODES.outputs.slice(1) }, '1 outputs, should be 2'],
    [
      'outputs out of order',
      { ...NODES, outputs: NODES.outputs.toReversed() },
      'output 0 is "o" of row 1',
    ],
    [
      'an output of no node',
      { ...NODES, outputs: NODES.outputs.map((o) => ({ ...o, node: 9 })) },
      'output 0 is of node 9, which is not there',
    ],
    [
      'calls that nobody accounts for',
      { ...NODES, gone: { pruned: 1, merged: 0, cached: 0 } },
      '5 call instances accounted for, 4 submitted',
    ],
    [
      'counts that do not leave the calls there are',
      { ...NODES, counts: { ...NODES.counts, cached: 1 } },
      '4 calls, counts leave 3',
    ],
  ];

  it.each(broken)('refuses %s, naming the rule', (_, plan, message) => {
    expect(refusal(() => checkNodePlan(plan, LOGICAL, 'my-rule'))).toBe(
      `after my-rule: ${message}`,
    );
  });
});

describe('checkLogicalPlan', () => {
  const [x, a, b] = LOGICAL.operators;
  const broken: [string, Partial<typeof LOGICAL>, string][] = [
    [
      'an operator that is there twice',
      { operators: [x!, x!, a!, b!] },
      'operator "x" is there twice',
    ],
    [
      'a reference to a later operator',
      { operators: [x!, b!, a!] },
      '"b" refers to "a", which is not before it',
    ],
    ['an output that is gone', { operators: [x!, a!] }, 'output "o" is of "b", which is gone'],
    ['a call that is gone', { submittedCalls: 3 }, '2 calls accounted for, 3 submitted'],
    [
      'an answering operator that is gone',
      { merged: new Map([[operatorId('z'), [operatorId('a')]]]) },
      '"z" answers for others and is gone',
    ],
  ];

  it.each(broken)('refuses %s, naming the rule', (_, parts, message) => {
    const plan = { ...LOGICAL, ...parts };
    expect(refusal(() => checkLogicalPlan(plan, 'my-rule'))).toBe(`after my-rule: ${message}`);
  });
});
