import { operatorId } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { format, map, output, ref, refusal, validate } from './small-workflows.fixture.ts';

describe('references', () => {
  it('says what an id that is not there was meant to be, of what can be referred to from there', () => {
    const inner = map('m', {
      body: [
        format('shorten', ref('quesiton')),
        format('use', ref('itm'), ref('shorte'), ref('n')),
      ],
      item: operatorId('item'),
      result: operatorId('use'),
    });
    const operators = [
      format('question'),
      inner,
      format('z', ref('shorte')),
      output('m', 'mm', 'mn'),
    ];
    const gone = 'which is not in the workflow';
    expect(refusal(() => validate(operators))).toEqual([
      'WORKFLOW_INVALID',
      `operators[1].body[0].content[0]: operator "shorten": refers to "quesiton", ${gone}; did you mean "question"?`,
      `operators[1].body[1].content[0]: operator "use": refers to "itm", ${gone}; did you mean "item"?`,
      `operators[1].body[1].content[1]: operator "use": refers to "shorte", ${gone}; did you mean "shorten"?`,
      `operators[1].body[1].content[2]: operator "use": refers to "n", ${gone}; did you mean "m"?`,
      `operators[2].content[0]: operator "z": refers to "shorte", ${gone}`,
    ]);
  });

  it('names every cycle from member to member', () => {
    const operators = [
      format('a', ref('c')),
      format('b', ref('a')),
      format('c', ref('b')),
      format('self', ref('self')),
      output('a'),
    ];
    expect(refusal(() => validate(operators))).toEqual([
      'WORKFLOW_INVALID',
      'operators[0]: operators form a cycle: a → c → b → a',
      'operators[3]: operators form a cycle: self → self',
    ]);
  });

  it('writes long cycles by their ends, and counts those beyond a hundred', () => {
    const ids = Array.from({ length: 9000 }, (_, i) => `o${i}`);
    const chain = ids.slice(0, -1).map((id, i) => format(id, ref(`o${i + 1}`)));
    const all = format('o8999', ...ids.map(ref));
    const [code, ...faults] = refusal(() => validate([...chain, all, output('o0')]));
    const [start, end] = [ids.slice(0, 10).join(' → '), ids.slice(-9).join(' → ')];
    expect([code, ...faults]).toEqual([
      'WORKFLOW_INVALID',
      `operators[0]: operators form a cycle: ${start} → (8981 more) → ${end} → o0`,
    ]);
    const last = format('o8999', ...ids.toReversed().map(ref));
    const many = refusal(() => validate([...chain, last, output('o0')]));
    expect(many.slice(1, 3)).toEqual([
      'operators[8999]: operators form a cycle: o8999 → o8999',
      'operators[8998]: operators form a cycle: o8998 → o8999 → o8998',
    ]);
    expect(many.at(-1)).toBe('workflow "w": and 8900 more faults');
  });

  it('finds a cycle that runs through the body of a map', () => {
    const body = [format('inner', ref('after'))];
    const looped = map('m', { body, result: operatorId('inner') });
    expect(refusal(() => validate([looped, format('after', ref('m')), output('m')]))).toEqual([
      'WORKFLOW_INVALID',
      'operators[0]: operators form a cycle: m → after → m',
    ]);
  });
});
