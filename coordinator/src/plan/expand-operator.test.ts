import { operatorId } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { expandOperator } from './expand-operator.ts';
import type { RuntimeOperator } from './logical-plan.ts';
import type { CondOperator, EachOperator, LoopOperator, Predicate } from './operator.ts';
import { RENDERED_CHARACTERS_MAX } from './render.ts';
import { llm, ref, text } from './small-workflows.fixture.ts';

const GOOD: Predicate = {
  text: [ref('x')],
  test: { kind: 'equals', value: 'good', ignoreCase: false },
  negated: false,
};

/** What the operator becomes where "x" has the text. */
const expand = (operator: RuntimeOperator, x: string) => expandOperator(operator, () => x, 1);

type Runtime<Kind> = Extract<RuntimeOperator, { kind: Kind }>;
const call = llm('a', [ref('x')]) as Runtime<'loop'>['body']['operators'][number];

/** A loop after its second turn of at most `turnsMax`; it goes on until "x" is good. */
function begun(turnsMax: number, atBound: LoopOperator['atBound']): Runtime<'loop'> {
  return {
    kind: 'loop',
    id: operatorId('l[2]'),
    variables: [{ id: operatorId('v'), first: [ref('x')], next: [ref('a')] }],
    body: { operators: [call], result: [ref('a')] },
    until: GOOD,
    turnsMax,
    atBound,
    begun: { name: operatorId('l'), turns: 2, until: GOOD, result: [ref('x')] },
  };
}

function each(itemsMax: number, overflow: EachOperator['list']['overflow']): Runtime<'each'> {
  return {
    kind: 'each',
    id: operatorId('m'),
    list: { text: [ref('x')], format: 'lines', itemsMax, overflow },
    item: operatorId('i'),
    body: { operators: [call], result: [ref('a')] },
    separator: ',',
  };
}

describe('a loop that has had turns', () => {
  it('has another while its predicate does not hold and its bound is not reached', () => {
    for (const atBound of ['fail', 'last'] as const) {
      const { outcome, plan } = expand(begun(3, atBound), 'bad');
      expect([outcome, plan.submittedCalls]).toEqual([{ kind: 'turn', turn: 3 }, 1]);
    }
  });

  it('ends where its predicate holds, at its bound as well', () => {
    for (const turnsMax of [2, 3]) {
      const { outcome, plan } = expand(begun(turnsMax, 'fail'), 'good');
      expect([outcome, plan.submittedCalls]).toEqual([{ kind: 'ended', turns: 2, by: 'until' }, 0]);
    }
  });

  it('yields its last result at its bound, or is unfinished, as its author wants', () => {
    const { outcome } = expand(begun(2, 'last'), 'bad');
    expect(outcome).toEqual({ kind: 'ended', turns: 2, by: 'bound' });
    expect(() => expand(begun(2, 'fail'), 'bad')).toThrow(
      expect.objectContaining({
        code: 'LOOP_UNFINISHED',
        message: 'its predicate did not hold after 2 turns, max is 2',
      }),
    );
  });
});

describe('what is put together to expand by', () => {
  it('is as long as a rendered text may be: a loop may double its variable every turn', () => {
    const doubled = [ref('x'), ref('x')];
    const loop = begun(9, 'last');
    const variables = [{ ...loop.variables[0]!, first: doubled }];
    const half = 'x'.repeat(RENDERED_CHARACTERS_MAX / 2);
    expect(expand({ ...loop, variables }, half).outcome).toEqual({ kind: 'turn', turn: 3 });
    const { list } = each(1, 'fail');
    for (const operator of [
      { ...loop, variables },
      { ...each(1, 'fail'), list: { ...list, text: doubled } },
    ]) {
      expect(() => expand(operator, `${half}x`)).toThrow(
        expect.objectContaining({
          code: 'PROMPT_TOO_LONG',
          message: 'a text has 16777218 characters, at most 16777216',
        }),
      );
    }
  });
});

describe('a map over a list', () => {
  it('takes as many items as it may, and refuses or drops more', () => {
    const outcomeOf = (...of: Parameters<typeof each>) => expand(each(...of), 'p\nq\nr').outcome;
    expect(outcomeOf(3, 'fail')).toEqual({ kind: 'map', items: 3, dropped: 0 });
    expect(outcomeOf(2, 'truncate')).toEqual({ kind: 'map', items: 2, dropped: 1 });
    expect(() => outcomeOf(2, 'fail')).toThrow(
      expect.objectContaining({
        code: 'LIST_INVALID',
        message: 'the list has 3 items, max is 2',
      }),
    );
  });
});

describe('a cond', () => {
  it('counts the calls of the branch that is not taken as pruned, and as submitted', () => {
    const branches: Runtime<'cond'>['branches'] = {
      yes: { operators: [call], result: [ref('a')] },
      no: { operators: [], result: [text('none')] },
    };
    const cond: CondOperator & Runtime<'cond'> = {
      kind: 'cond',
      id: operatorId('c'),
      predicate: GOOD,
      branches,
    };
    const countsOf = (x: string) => {
      const { outcome, plan } = expand(cond, x);
      return [outcome, plan.submittedCalls, plan.prunedCalls];
    };
    expect(countsOf('good')).toEqual([{ kind: 'cond', branch: 'yes' }, 1, 0]);
    expect(countsOf('bad')).toEqual([{ kind: 'cond', branch: 'no' }, 1, 1]);
  });
});
