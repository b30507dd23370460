import { HeliumError, operatorId } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { DEFAULT_PLAN_LIMITS, type PlanLimits } from './limits.ts';
import type {
  CondOperator,
  EachOperator,
  LoopOperator,
  Operator,
  Predicate,
  Segment,
} from './operator.ts';
import { printLogicalPlan } from './print-plan.ts';
import { validateWorkflow } from './validate.ts';

const OFFER = {
  models: ['m'],
  functions: new Map([
    ['agrees', { pure: true }],
    ['dice', { pure: false }],
    ['text.matches', { pure: true }],
  ]),
};

const id = operatorId;
const ref = (name: string): Segment => ({ kind: 'ref', operator: id(name) });
const text = (value: string): Segment => ({ kind: 'text', text: value });
const input: Operator = { kind: 'input', id: id('x'), field: 'x' };
const format = (name: string, ...content: readonly Segment[]): Operator => {
  return { kind: 'format', id: id(name), content };
};
const output = (value: string): Operator => {
  return { kind: 'output', id: id('out'), name: 'result', value: id(value) };
};
const has = (value: string, ...of: readonly Segment[]): Predicate => {
  return { text: of, test: { kind: 'contains', value, ignoreCase: false }, negated: false };
};

function each(parts: Partial<EachOperator> = {}): EachOperator {
  return {
    kind: 'each',
    id: id('e'),
    list: { text: [ref('x')], format: 'lines', itemsMax: 3, overflow: 'fail' },
    item: id('item'),
    body: { operators: [format('b', ref('item'))], result: [ref('b')] },
    separator: ', ',
    ...parts,
  };
}

function cond(parts: Partial<CondOperator> = {}): CondOperator {
  const yes = { operators: [format('y', ref('x'))], result: [ref('y')] };
  const no = { operators: [], result: [ref('x')] };
  return {
    kind: 'cond',
    id: id('c'),
    predicate: has('a', ref('x')),
    branches: { yes, no },
    ...parts,
  };
}

function loop(parts: Partial<LoopOperator> = {}): LoopOperator {
  return {
    kind: 'loop',
    id: id('l'),
    variables: [{ id: id('v'), first: [ref('x')], next: [ref('t')] }],
    body: { operators: [format('t', ref('v'), text('!'))], result: [ref('t')] },
    until: has('!!', ref('t')),
    turnsMax: 4,
    atBound: 'last',
    ...parts,
  };
}

function validate(operators: readonly Operator[], limits: Partial<PlanLimits> = {}) {
  const all = [input, ...operators, output(operators.at(-1)?.id ?? '')];
  const bounds = { ...DEFAULT_PLAN_LIMITS, ...limits };
  return validateWorkflow({ name: 'w', operators: all }, [{ x: '1', z: '2' }], OFFER, bounds);
}

function refusal(act: () => unknown): string[] {
  try {
    act();
  } catch (thrown) {
    const error = HeliumError.from(thrown);
    return [error.code, ...error.faults.map((fault) => `${fault.field}: ${fault.message}`)];
  }
  throw new Error('it was accepted');
}

describe('operators that are expanded at run time', () => {
  it('stay in the plan with their bodies in order, tests made by functions and inputs outside', () => {
    const pattern: Predicate = {
      text: [ref('t')],
      test: { kind: 'matches', pattern: '^ok', ignoreCase: true },
      negated: false,
    };
    const inner: Operator = {
      kind: 'map',
      id: id('m'),
      items: ['1', '2'],
      item: id('i'),
      body: [format('n', ref('i'), ref('t'))],
      result: id('n'),
      separator: '+',
    };
    const z: Operator = { kind: 'input', id: id('z'), field: 'z' };
    const t = format('t', ref('v'), ref('z'));
    const body = { operators: [inner, t, z], result: [ref('m')] };
    expect(printLogicalPlan(validate([loop({ body, until: pattern })]))).toBe(
      [
        'workflow "w": 3 operators over 1 row, 0 calls',
        '  x  input  column "x"',
        '  z  input  column "z"',
        '  l  loop   until {l[test]}, at most 4 turns, from v = {x}: (m[0].i t m[0].n m[1].i m[1].n m l[test] → {m})',
        '  output "result" is {l}',
        '',
      ].join('\n'),
    );
  });

  it('are refused with every fault of their fields', () => {
    const operators = [
      each({ list: { text: [], format: 'lines', itemsMax: 0, overflow: 'fail' } }),
      cond({ predicate: { text: [], test: { kind: 'function', name: 'nope' }, negated: false } }),
      loop({
        variables: [],
        body: { operators: [], result: [] },
        until: {
          text: [ref('x')],
          test: { kind: 'matches', pattern: '(', ignoreCase: false },
          negated: true,
        },
        turnsMax: 101,
      }),
    ];
    expect(refusal(() => validate(operators))).toEqual([
      'WORKFLOW_INVALID',
      'operators[1].list.text: operator "e": names no text to read',
      'operators[1].list.maxItems: operator "e": maxItems is 0, takes whole numbers 1 to 1000',
      'operators[2].predicate.text: operator "c": names no text to test',
      'operators[2].predicate.function: operator "c": function "nope" is not installed; installed: agrees, dice, text.matches',
      'operators[3].variables: operator "l": has 0 variables, takes 1 to 16',
      'operators[3].maxTurns: operator "l": maxTurns is 101, takes whole numbers 1 to 100',
      'operators[3].until.matches: operator "l": Invalid regular expression: /(/u: Unterminated group',
      'operators[3].result: operator "l": names no result',
    ]);
    const dice: Predicate = {
      text: [ref('x')],
      test: { kind: 'function', name: 'dice' },
      negated: false,
    };
    expect(refusal(() => validate([cond({ predicate: dice })]))).toEqual([
      'WORKFLOW_INVALID',
      'operators[1].predicate.function: operator "c": function "dice" decides, so it must be pure',
    ]);
  });

  it('may test by a function of a text alone', () => {
    const by = (name: string): Predicate => ({
      text: [ref('x')],
      test: { kind: 'function', name },
      negated: false,
    });
    const functions = new Map([
      ['yes', { pure: true, args: { text: {} } }],
      ['between', { pure: true, args: { text: {}, start: {} } }],
      ['other', { pure: true, args: {} }],
    ]);
    const check = (name: string) => () =>
      validateWorkflow(
        { name: 'w', operators: [input, cond({ predicate: by(name) }), output('c')] },
        [{ x: '' }],
        { ...OFFER, functions },
        DEFAULT_PLAN_LIMITS,
      );
    expect(check('yes')).not.toThrow();
    const at = 'operators[1].predicate.function: operator "c": function';
    expect(refusal(check('between'))).toEqual([
      'WORKFLOW_INVALID',
      `${at} "between": lacks argument start; a test gives it text alone`,
    ]);
    expect(refusal(check('other'))).toEqual([
      'WORKFLOW_INVALID',
      `${at} "other": takes no argument, not text; a test gives it text alone`,
    ]);
  });

  it('are refused where references cross the borders of their scopes', () => {
    const operators = [
      each({ list: { text: [ref('item')], format: 'json', itemsMax: 1, overflow: 'fail' } }),
      cond({ predicate: has('a', ref('y')) }),
      loop({ until: has('a', ref('b')) }),
      format('f', ref('y'), ref('v'), ref('b')),
    ];
    expect(refusal(() => validate(operators))).toEqual([
      'WORKFLOW_INVALID',
      'operators[1].list.text[0]: operator "e": refers to "item" inside map "e"; refer to the map',
      'operators[2].predicate.text[0]: operator "c": refers to "y" inside cond "c"; refer to the cond',
      'operators[3].until.text[0]: operator "l": refers to "b" inside map "e"; refer to the map',
      'operators[4].content[0]: operator "f": refers to "y" inside cond "c"; refer to the cond',
      'operators[4].content[1]: operator "f": refers to "v" inside loop "l"; refer to the loop',
      'operators[4].content[2]: operator "f": refers to "b" inside map "e"; refer to the map',
    ]);
  });

  it('are refused for cycles through and within their bodies', () => {
    const inside = {
      operators: [format('p', ref('q')), format('q', ref('p'))],
      result: [ref('p')],
    };
    const operators = [
      cond({ branches: { yes: inside, no: { operators: [], result: [ref('f')] } } }),
    ];
    expect(refusal(() => validate([format('f', ref('c')), ...operators]))).toEqual([
      'WORKFLOW_INVALID',
      'operators[2].yes.operators[0]: operators form a cycle: p → q → p',
      'operators[1]: operators form a cycle: f → c → f',
    ]);
  });

  it('are refused by what they expand to at their bounds, and for bodies nested too deep', () => {
    const nested = (depth: number): Operator => {
      const inner = depth === 0 ? format('b0', ref('x')) : nested(depth - 1);
      const body = { operators: [inner], result: [ref(inner.id)] };
      return each({ id: id(`e${depth}`), item: id(`i${depth}`), body });
    };
    expect(refusal(() => validate([nested(2)], { operatorsMax: 50 }))).toEqual([
      'WORKFLOW_INVALID',
      'operators: 81 operators with all bodies expanded, operatorsMax is 50',
    ]);
    expect(refusal(() => validate([nested(2)], { bodyDepthMax: 2 }))).toEqual([
      'WORKFLOW_INVALID',
      'operators[1].body[0].body[0].body: operator "e0": bodies are nested 3 deep, bodyDepthMax is 2',
    ]);
  });
});
