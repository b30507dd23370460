import { describe, expect, it } from 'vitest';
import { printLogicalPlan } from '../plan/index.ts';
import {
  CASE_IDENTITIES,
  cond,
  fn,
  format,
  input,
  llm,
  output,
  planOf,
} from './plan-builder.cases.ts';
import { sinkIntoBranch } from './rules/sink-into-branch.ts';

const context = { identities: CASE_IDENTITIES, cachedTexts: new Map() };

describe('sinkIntoBranch', () => {
  it('moves what one branch alone needs, through others, and nothing else', () => {
    const operators = [
      input('x'),
      llm('judge', '', 'Judge {x}'),
      llm('shared', '', 'Shared {x}'),
      llm('deep', '', 'Deep {x}'),
      llm('long', '', 'Long {deep} {shared}'),
      fn('roll', 'dice', '{x}', false),
      format('short', '{shared} {roll}'),
      cond('answer', '{judge}', 'hard', '{long} {x}', format('other', '{short}!')),
      output('answer', 'answer'),
    ];
    const plan = planOf('sink', operators, [{ x: '1' }, { x: '2' }]);
    const sunk = sinkIntoBranch.apply(plan, context);
    expect(sunk.changed && sunk.text).toBe('moved 3 operators: deep, long, short');
    expect(sunk.plan.submittedCalls).toBe(plan.submittedCalls - 2);
    expect(printLogicalPlan(sunk.plan)).toBe(
      [
        'workflow "sink": 5 operators over 2 rows, 4 calls',
        '  x       input  column "x"',
        '  judge   llm    m, greedy, 64 tokens | user: Judge {x}',
        '  shared  llm    m, greedy, 64 tokens | user: Shared {x}',
        '  roll    fn     dice(text: {x}), not pure',
        '  answer  cond   if {judge} contains "hard": (deep long → {long} {x}); else: (short other → {other})',
        '  output "answer" is {answer}',
        '',
      ].join('\n'),
    );
    expect(sinkIntoBranch.apply(sunk.plan, context).changed).toBe(false);
  });

  it('leaves what an output, the predicate, both branches or two conds need', () => {
    const operators = [
      input('x'),
      llm('a', '', 'A {x}'),
      llm('b', '', 'B {x}'),
      llm('c', '', 'C {x}'),
      llm('d', '', 'D {x}'),
      cond('one', '{a}', 'hard', '{b} {c} {d} {a}', format('no1', '{b}')),
      cond('two', '{x}', 'hard', '{c}', format('no2', '{x}')),
      output('one', 'one'),
      output('two', 'two'),
      output('d', 'd'),
    ];
    const plan = planOf('stay', operators, [{ x: '1' }]);
    expect(sinkIntoBranch.apply(plan, context).changed).toBe(false);
  });
});
