import { operatorId, sampleSeed } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { DEFAULT_PLAN_LIMITS } from './limits.ts';
import type { LlmOperator, MapOperator, Operator, Segment } from './operator.ts';
import {
  format,
  good,
  input,
  llm,
  map,
  OFFER,
  output,
  ref,
  refusal,
  text,
  validate,
} from './small-workflows.fixture.ts';
import { validateWorkflow } from './validate.ts';

describe('validateWorkflow', () => {
  it('orders operators after what they refer to and otherwise as written', () => {
    const plan = validate([output('c'), llm('c', [ref('b')]), llm('a', []), llm('b', [ref('a')])]);
    expect(plan.operators.map((operator) => operator.id)).toEqual(['a', 'b', 'c']);
    expect(plan.outputs).toEqual([{ name: 'result', value: 'c' }]);
    expect(plan.submittedCalls).toBe(3);
  });

  it('gives an empty model name the only served model', () => {
    expect(validate(good).operators[1]).toMatchObject({ model: 'm' });
  });

  it('refuses an empty model name where it is ambiguous, and names that nobody serves', () => {
    const offer = { ...OFFER, models: ['m', 'n'] };
    const operators = [...good, llm('b', [], { model: 'k' })];
    const act = () =>
      validateWorkflow({ name: 'w', operators }, [{ x: '' }], offer, DEFAULT_PLAN_LIMITS);
    expect(refusal(act)).toEqual([
      'MODEL_NOT_SERVED',
      'operators[1].model: operator "a": names no model, which is only clear when exactly one is served; served: m, n',
      'operators[3].model: operator "b": model "k" is not served; served: m, n',
    ]);
  });

  it('lists the faults of all kinds at once, under the first code', () => {
    const operators: Operator[] = [
      llm('a', [ref('gone'), text('\ud800')], { model: 'k' }),
      { kind: 'fn', id: operatorId('f'), name: 'nope', pure: true, args: [] },
      output('a'),
    ];
    expect(refusal(() => validate([input, ...operators], [{}]))).toEqual([
      'WORKFLOW_INVALID',
      'operators[1].model: operator "a": model "k" is not served; served: m',
      'operators[1].messages[0].content[1]: operator "a": text has a lone surrogate (0xd800) at character 0',
      'operators[2].name: operator "f": function "nope" is not installed; installed: shout, dice',
      'operators[1].messages[0].content[0]: operator "a": refers to "gone", which is not in the workflow',
      'rows[0]: row 0 lacks field "x", which input "x" reads',
    ]);
  });

  it('holds the arguments of functions against what they take: all faults, by operator, function and argument', () => {
    const offer = {
      ...OFFER,
      functions: new Map([
        ['lines', { pure: true, args: { text: {}, from: { wholeFrom: 1 } } }],
        ['find', { pure: true, args: { p: { patternWith: 'f' }, f: { optional: true } } }],
        ['any', { pure: true }],
      ]),
    };
    const fn = (id: string, name: string, args: Readonly<Record<string, Segment[]>>): Operator => ({
      kind: 'fn',
      id: operatorId(id),
      name,
      pure: true,
      args: Object.entries(args).map(([arg, value]) => ({ name: arg, value })),
    });
    const check = (...operators: Operator[]) => {
      const outputs = operators.map(({ id }) => output(id, id));
      const workflow = { name: 'w', operators: [input, ...operators, ...outputs] };
      return () => validateWorkflow(workflow, [{ x: '' }], offer, DEFAULT_PLAN_LIMITS);
    };
    const wrong = check(
      fn('a', 'lines', { texts: [ref('x')], from: [text('0')], toString: [] }),
      {
        kind: 'map',
        id: operatorId('m'),
        items: ['1'],
        item: operatorId('item'),
        body: [fn('b', 'find', { p: [text('('), text('a')] })],
        result: operatorId('b'),
        separator: '',
      },
      fn('c', 'find', { p: [text('\\-')], f: [text('g')] }),
      fn('d', 'find', { p: [text('(')], f: [ref('x')] }),
      fn('e', 'any', { whatever: [] }),
    );
    expect(refusal(wrong)).toEqual([
      'WORKFLOW_INVALID',
      'operators[1].args: operator "a": function "lines": lacks argument text',
      'operators[1].args[0].name: operator "a": function "lines": takes text, from, not texts',
      'operators[1].args[1].value: operator "a": function "lines": from is "0", not a whole number from 1',
      'operators[1].args[2].name: operator "a": function "lines": takes text, from, not toString',
      expect.stringMatching(
        /^operators\[2\]\.body\[0\]\.args\[0\]\.value: operator "b": function "find": p is "\(a": Invalid reg/,
      ),
    ]);
    expect(check(fn('a', 'lines', { text: [ref('x')], from: [ref('x')] }))).not.toThrow();
  });

  it('refuses ids that are malformed or taken', () => {
    const longest = 'a'.repeat(128);
    const operators = [format('a'), format('a'), format('1b'), format('a['), output('a')];
    operators.push(format(longest), format(`${longest}b`));
    const rule = 'is not a letter, then letters, digits, "_", ".", "-"; up to 128';
    expect(refusal(() => validate(operators))).toEqual([
      'WORKFLOW_INVALID',
      'operators[1].id: id "a" is taken by operators[0].id',
      `operators[2].id: id "1b" ${rule}`,
      `operators[3].id: id "a[" ${rule}`,
      `operators[6].id: id "${longest}b" ${rule}`,
    ]);
  });

  it('takes names of 128 characters, and refuses longer and empty ones', () => {
    const named = (name: string) => validate([...good, output('a', name, 'named')]);
    expect(named('n'.repeat(128)).outputs).toHaveLength(2);
    for (const name of ['', 'n'.repeat(129)]) {
      const size = `output name has ${name.length} characters, takes 1 to 128`;
      expect(refusal(() => named(name))).toEqual([
        'WORKFLOW_INVALID',
        `operators[3].name: operator "named": ${size}`,
      ]);
    }
  });

  it('refuses wait by name until it is supported', () => {
    const later: Operator = { kind: 'wait', id: operatorId('later') };
    expect(refusal(() => validate([...good, later]))).toEqual([
      'WORKFLOW_INVALID',
      'operators[3].kind: operator "later": wait is not supported yet by this version',
    ]);
  });

  it('refuses a kind it does not know', () => {
    const odd = { kind: 'dance', id: operatorId('odd') } as unknown as Operator;
    expect(refusal(() => validate([...good, odd]))).toEqual([
      'WORKFLOW_INVALID',
      'operators[3].kind: operator "odd": operator kind "dance" is unknown',
    ]);
  });

  it('refuses workflows without outputs, outputs of outputs and references to them', () => {
    expect(refusal(() => validate([input]))).toEqual([
      'WORKFLOW_INVALID',
      'operators: the workflow has no output, so nothing would run',
    ]);
    const operators = [...good, output('out-result', 'again'), format('f', ref('out-result'))];
    expect(refusal(() => validate([...operators, output('f', 'result', 'twin')]))).toEqual([
      'WORKFLOW_INVALID',
      'operators[5].name: operator "twin": output name "result" is taken by "out-result"',
      'operators[3].value: operator "out-again": refers to output "out-result"; refer to its value "a"',
      'operators[4].content[0]: operator "f": refers to output "out-result"; refer to its value "a"',
    ]);
  });

  it('refuses a function declared pure that is not, and arguments given twice', () => {
    const args = [
      { name: 'a', value: [] },
      { name: 'a', value: [] },
    ];
    const dice: Operator = { kind: 'fn', id: operatorId('f'), name: 'dice', pure: true, args };
    expect(refusal(() => validate([dice, output('f')]))).toEqual([
      'WORKFLOW_INVALID',
      'operators[0].pure: operator "f": is declared pure, but function "dice" is installed as not pure',
      'operators[0].args[1].name: operator "f": argument "a" is given twice',
    ]);
  });

  it('refuses rows that lack fields or hold what is not text, by row and field', () => {
    const rows = [{ x: '1' }, { y: '2' }, { x: 3 as unknown as string }, { x: 'a\udc00' }];
    expect(refusal(() => validate(good, rows))).toEqual([
      'ROWS_INVALID',
      'rows[1]: row 1 lacks field "x", which input "x" reads',
      'rows[2].x: row 2, field "x": is not a text',
      'rows[3].x: row 3, field "x": text has a lone surrogate (0xdc00) at character 1',
    ]);
    expect(refusal(() => validate(good, []))).toEqual([
      'ROWS_INVALID',
      'rows: there are 0 rows, takes 1 to 100000 (rowsMax)',
    ]);
  });

  it('does not take inherited properties for fields', () => {
    const inherited: Operator = { kind: 'input', id: operatorId('c'), field: 'constructor' };
    expect(refusal(() => validate([inherited, output('c')], [{ x: '1' }]))).toEqual([
      'ROWS_INVALID',
      'rows[0]: row 0 lacks field "constructor", which input "c" reads',
    ]);
  });

  it('refuses what is over a limit, naming the limit', () => {
    const rows = [{ x: '1' }, { x: '12345' }];
    const limits = { operatorsMax: 2, textCharactersMax: 4, outputTokensMax: 8 };
    expect(refusal(() => validate(good, rows, limits))).toEqual([
      'WORKFLOW_INVALID',
      'operators[1].maxTokens: operator "a": maxTokens is 16, takes whole numbers 1 to 8',
      'operators: 3 operators with all bodies expanded, operatorsMax is 2',
      'rows[1].x: row 1, field "x": text has 5 characters, textCharactersMax is 4',
    ]);
    expect(refusal(() => validate(good, rows, { instancesMax: 5 }))).toEqual([
      'ROWS_INVALID',
      'rows: 3 operators × 2 rows, instancesMax is 5',
    ]);
  });

  it('lists the first hundred faults and counts the rest', () => {
    const rows = Array.from({ length: 250 }, () => ({}));
    const [code, ...faults] = refusal(() => validate(good, rows));
    expect(code).toBe('ROWS_INVALID');
    expect(faults).toHaveLength(101);
    expect(faults.at(-1)).toBe('workflow "w": and 150 more faults');
  });
});

describe('maps', () => {
  it('become a copy of the body per item, joined by the separator', () => {
    const plan = validate([
      input,
      map('m', { body: [format('b', ref('x'), ref('m-item'))], result: operatorId('b') }),
      output('m'),
    ]);
    expect(plan.operators).toEqual([
      input,
      { kind: 'constant', id: 'm[0].m-item', text: '1' },
      format('m[0].b', ref('x'), ref('m[0].m-item')),
      { kind: 'constant', id: 'm[1].m-item', text: '2' },
      format('m[1].b', ref('x'), ref('m[1].m-item')),
      format('m', ref('m[0].b'), text(','), ref('m[1].b')),
    ]);
  });

  it('may be nested, the inner body seeing both items', () => {
    const inner = map('in', {
      body: [format('b', ref('out-item'), ref('in-item'))],
      result: operatorId('b'),
    });
    const outer = map('out', { items: ['p'], body: [inner], result: operatorId('in') });
    const plan = validate([outer, output('out')]);
    expect(plan.operators.map((operator) => operator.id)).toEqual([
      'out[0].out-item',
      'out[0].in[0].in-item',
      'out[0].in[0].b',
      'out[0].in[1].in-item',
      'out[0].in[1].b',
      'out[0].in',
      'out',
    ]);
    expect(plan.operators[2]).toEqual(
      format('out[0].in[0].b', ref('out[0].out-item'), ref('out[0].in[0].in-item')),
    );
  });

  it('over no items are an empty text', () => {
    const plan = validate([map('m', { items: [] }), output('m')]);
    expect(plan.operators).toEqual([format('m')]);
  });

  it('are refused when references cross their border, or hold outputs', () => {
    const body = [format('b', ref('lost')), output('b', 'inside')];
    const operators = [
      map('m', { body, result: operatorId('c') }),
      format('f', ref('b')),
      output('f'),
    ];
    expect(refusal(() => validate(operators))).toEqual([
      'WORKFLOW_INVALID',
      'operators[0].body[1].kind: operator "out-inside": an output cannot be inside another operator; name that',
      'operators[0].result: operator "m": result "c" is not an operator of the body',
      'operators[0].body[0].content[0]: operator "b": refers to "lost", which is not in the workflow',
      'operators[1].content[0]: operator "f": refers to "b" inside map "m"; refer to the map',
    ]);
  });

  it('are refused by what they expand to, before they are expanded', () => {
    const items = Array.from({ length: 1000 }, (_, i) => String(i));
    const nest = (depth: number): MapOperator => {
      const inner = depth === 1 ? format(`b${depth}`) : nest(depth - 1);
      return map(`m${depth}`, { items, body: [inner], result: inner.id });
    };
    expect(refusal(() => validate([nest(3), output('m3')]))).toEqual([
      'WORKFLOW_INVALID',
      'operators: 2002002002 operators with all bodies expanded, operatorsMax is 10000',
    ]);
    const [, nested] = refusal(() => validate([nest(9), output('m9')]));
    expect(nested).toMatch(/"m1": bodies are nested 9 deep, bodyDepthMax is 8$/);
    expect(refusal(() => validate([map('m', { items: [...items, 'x'] }), output('m')]))).toEqual([
      'WORKFLOW_INVALID',
      'operators[0].items: operator "m": has 1001 items, mapItemsMax is 1000',
    ]);
  });
});

describe('samples', () => {
  const drawn = { temperature: 1, topK: 0, topP: 1, seed: 7n };
  const operatorsOf = (operators: readonly Operator[]) => validate(operators).operators;

  it('become a call each, seeded by seed and index, and a text of all of them', () => {
    const a = llm('a', [text('hi')], { samples: 3, sampling: drawn });
    const [first, second, third, all] = operatorsOf([a, output('a')]);
    expect([first, second, third].map((each) => each?.id)).toEqual(['a[0]', 'a[1]', 'a[2]']);
    const seeds = [first, second, third].map((each) => (each as LlmOperator).sampling.seed);
    expect(seeds).toEqual([7n, sampleSeed(7n, 1), sampleSeed(7n, 2)]);
    expect(new Set(seeds).size).toBe(3);
    expect(first).not.toHaveProperty('samples');
    const content = [ref('a[0]'), text('\n'), ref('a[1]'), text('\n'), ref('a[2]')];
    expect(all).toEqual({ kind: 'format', id: 'a', content });
  });

  it('are referred to one by one, within the body of a map too', () => {
    const a = llm('a', [ref('m-item')], { samples: 2, sampling: drawn });
    const body = [a, format('last', ref('a[1]'))];
    const m = map('m', { body, result: operatorId('last') });
    const b = llm('b', [text('hi')], { samples: 2, sampling: drawn });
    const operators = operatorsOf([m, b, output('m'), output('b[1]', 'second')]);
    const last = operators.find(({ id }) => id === 'm[1].last');
    expect(last).toMatchObject({ content: [ref('m[1].a[1]')] });
  });

  it('that are not there, or depend on themselves, are refused', () => {
    const a = llm('a', [ref('b')], { samples: 2, sampling: drawn });
    expect(refusal(() => validate([a, format('b', ref('a[1]')), output('a[2]')]))).toEqual([
      'WORKFLOW_INVALID',
      'operators[2].value: operator "out-result": refers to "a[2]", which is not in the workflow',
      'operators[0]: operators form a cycle: a → b → a',
    ]);
  });
});
