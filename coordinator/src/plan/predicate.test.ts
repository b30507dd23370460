import { operatorId } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import type { PredicateTest } from './operator.ts';
import { holds, planPredicate } from './predicate.ts';

const says = (test: PredicateTest, text: string, negated = false) =>
  holds({ text: [], test, negated }, text);

describe('holds', () => {
  it.each([
    ['equals', 'yes', true],
    ['equals', 'yes, indeed', false],
    ['equals', 'Yes', false],
    ['contains', 'oh yes!', true],
    ['contains', 'ye s', false],
    ['startsWith', 'yes, indeed', true],
    ['startsWith', 'oh yes', false],
  ] as const)('%s "yes": of %j it is %s, and the contrary where negated', (kind, text, is) => {
    const test = { kind, value: 'yes', ignoreCase: false };
    expect([says(test, text), says(test, text, true)]).toEqual([is, !is]);
  });

  it('does not tell upper from lower case, on either side, where that is to be ignored', () => {
    const test = { kind: 'equals', value: 'YES', ignoreCase: true } as const;
    expect([says(test, 'yes'), says({ ...test, value: 'yes' }, 'YES')]).toEqual([true, true]);
  });

  it('takes white space for empty', () => {
    const test = { kind: 'nonEmpty' } as const;
    expect([says(test, ' \n\t'), says(test, ''), says(test, ' x')]).toEqual([false, false, true]);
  });

  it('refuses an answer that is neither "true" nor "false"', () => {
    const test = { kind: 'isTrue' } as const;
    expect([says(test, ' true\n'), says(test, 'false')]).toEqual([true, false]);
    const refused = expect.objectContaining({
      code: 'FUNCTION_FAILED',
      message: `the predicate said "${'y'.repeat(60)}…", not "true" or "false"`,
    });
    expect(() => says(test, 'y'.repeat(61))).toThrow(refused);
  });
});

describe('planPredicate', () => {
  it('has a regular expression tried by a function, and keeps what is negated', () => {
    const test = { kind: 'matches', pattern: '^y', ignoreCase: true } as const;
    const text = [{ kind: 'text', text: 'Yes' }] as const;
    const id = operatorId('c.if');
    const { predicate, operators } = planPredicate({ text, test, negated: true }, id);
    expect(predicate).toEqual({
      text: [{ kind: 'ref', operator: id }],
      test: { kind: 'isTrue' },
      negated: true,
    });
    const args = [
      { name: 'text', value: text },
      { name: 'pattern', value: [{ kind: 'text', text: '^y' }] },
      { name: 'flags', value: [{ kind: 'text', text: 'iu' }] },
    ];
    expect(operators).toEqual([{ kind: 'fn', id, name: 'text.matches', pure: true, args }]);
  });
});
