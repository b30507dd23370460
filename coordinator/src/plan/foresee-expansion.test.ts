import { GREEDY, operatorId } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { type ExpectedShapes, foreseeExpansion } from './foresee-expansion.ts';
import type { PlanOperator, RuntimeOperator } from './logical-plan.ts';
import type { Predicate, Segment } from './operator.ts';
import { printTemplate } from './print-template.ts';

const id = operatorId;
const ref = (name: string): Segment => ({ kind: 'ref', operator: id(name) });
const llm = (name: string, ...content: readonly Segment[]): PlanOperator => {
  const messages = [{ role: 'user', content } as const];
  return {
    kind: 'llm',
    id: id(name),
    model: 'm',
    messages,
    sampling: GREEDY,
    maxTokens: 8,
    stop: [],
  };
};
const good = (text: Segment): Predicate => {
  return { text: [text], test: { kind: 'nonEmpty' }, negated: false };
};

/** Each node as `number operator kind (inputs) template`. */
function foresee(operator: RuntimeOperator, shapes: Partial<ExpectedShapes>): string[] {
  const bindings = new Map([[id('x'), 3]]);
  const node = {
    operator: operator.id,
    action: { kind: 'expand', operator, bindings } as const,
    inputs: [3],
    rows: [1],
  };
  const all: ExpectedShapes = {
    items: () => 2,
    branch: () => 'yes',
    turns: () => 0,
    ...shapes,
  };
  let next = 100;
  const { nodes, result } = foreseeExpansion(node, operator, bindings, all, () => next++);
  const lines = [...nodes].map(([number, { operator: name, action, inputs }]) => {
    const text = action.kind === 'value' ? action.text : printTemplate(action.operator);
    return `${number} ${name} ${action.kind} (${inputs.join(' ')}) ${text}`;
  });
  return [...lines, `result ${result}`];
}

const inner: RuntimeOperator = {
  kind: 'cond',
  id: id('c'),
  predicate: good(ref('a')),
  branches: {
    yes: { operators: [llm('y', ref('a'))], result: [ref('y')] },
    no: { operators: [], result: [ref('a')] },
  },
};

describe('foreseeExpansion', () => {
  it('copies the body of a map for as many items as are expected, with items of unknown text', () => {
    const map: RuntimeOperator = {
      kind: 'each',
      id: id('m'),
      list: { text: [ref('x')], format: 'lines', itemsMax: 9, overflow: 'fail' },
      item: id('i'),
      body: { operators: [llm('a', ref('i'), ref('x')), inner], result: [ref('c')] },
      separator: ',',
    };
    const lines = foresee(map, { branch: () => 'no' }).map((line) =>
      line.replace(/for each.*/, '…'),
    );
    expect(lines).toEqual([
      '100 m expand (3) …',
      '101 m expand (3) …',
      '102 m[0].a call (100 3) m, greedy, 8 tokens | user: {m[0].i}{x}',
      '103 m[0].c evaluate (102) {m[0].a}',
      '104 m[1].a call (101 3) m, greedy, 8 tokens | user: {m[1].i}{x}',
      '105 m[1].c evaluate (104) {m[1].a}',
      '106 m evaluate (103 105) {m[0].c},{m[1].c}',
      'result 106',
    ]);
  });

  it('foresees 64 calls, and those of copies that are begun', () => {
    const map = (operators: readonly PlanOperator[]): RuntimeOperator => ({
      kind: 'each',
      id: id('m'),
      list: { text: [ref('x')], format: 'lines', itemsMax: 1000, overflow: 'fail' },
      item: id('i'),
      body: { operators, result: [ref('i')] },
      separator: '',
    });
    const callsOf = (operator: RuntimeOperator) =>
      foresee(operator, { items: () => 1000 }).filter((line) => line.includes(' call ')).length;
    expect(callsOf(map([llm('a', ref('i'))]))).toBe(64);
    expect(callsOf(map(['a', 'b', 'c'].map((name) => llm(name, ref('i')))))).toBe(66);
    expect(callsOf(map([inner, llm('a', ref('i'))]))).toBe(64 + 32);
    expect(callsOf(map([]))).toBe(0);
  });

  it('runs a loop for as many turns as are expected, each after the one before', () => {
    const loop: RuntimeOperator = {
      kind: 'loop',
      id: id('l'),
      variables: [{ id: id('v'), first: [ref('x')], next: [ref('a')] }],
      body: { operators: [llm('a', ref('v'))], result: [ref('a')] },
      until: good(ref('a')),
      turnsMax: 5,
      atBound: 'last',
    };
    expect(foresee(loop, { turns: ({ begun }) => 2 - (begun?.turns ?? 0) })).toEqual([
      '100 l[0].v evaluate (3) {x}',
      '101 l[0].a call (100) m, greedy, 8 tokens | user: {l[0].v}',
      '102 l[1].v evaluate (101) {l[0].a}',
      '103 l[1].a call (102) m, greedy, 8 tokens | user: {l[1].v}',
      '104 l[2] evaluate (103) {l[1].a}',
      '105 l[1] evaluate (104) {l[2]}',
      '106 l evaluate (105) {l[1]}',
      'result 106',
    ]);
  });
});
