import { describe, expect, it } from 'vitest';
import { functions } from './builtin.ts';
import { callFunction } from './call-function.ts';

type Name = keyof typeof functions;

const CASES: readonly [Name, Record<string, string>, string][] = [
  ['json.pick', { text: '{"a": {"b": ["x", 2]}}', path: 'a.b.0' }, 'x'],
  ['json.pick', { text: '{"a": {"b": ["x", 2]}}', path: 'a.b' }, '["x",2]'],
  ['json.pick', { text: ' [null] ', path: '0' }, 'null'],
  ['json.pick', { text: '3', path: '' }, '3'],
  ['json.pick', { text: 'Sure!\n```json\n{"vote": "buy"}\n```\nBye.', path: 'vote' }, 'buy'],
  ['json.pick', { text: '{"id": 12345678901234567890}', path: 'id' }, '12345678901234567890'],
  ['text.trim', { text: ' \n a b \t' }, 'a b'],
  ['text.lines', { text: 'a\r\nb\nc\rd', from: '2', count: '2' }, 'b\nc'],
  ['text.lines', { text: 'a\nb', from: '3', count: '1' }, ''],
  ['text.words', { text: '  one  two\nthree four', count: '3' }, 'one  two\nthree'],
  ['text.words', { text: 'one', count: '5' }, 'one'],
  ['text.words', { text: 'one', count: '0' }, ''],
  ['text.join', { separator: ' | ', b: '1', a: '2', c: '' }, '1 | 2 | '],
  ['text.join', { only: '1' }, '1'],
  ['text.join', { b: 'x', 2: 'y', 1: 'z' }, 'zyx'],
  ['text.between', { text: 'x <a>y</a> <a>z</a>', start: '<a>', end: '</a>' }, 'y'],
  ['text.matches', { text: 'Verdict: OK.', pattern: '\\bok\\b', flags: 'iu' }, 'true'],
  ['text.matches', { text: 'Verdict: OK.', pattern: '\\bok\\b' }, 'false'],
  ['text.between', { text: 'x <a>y', start: '<a>', end: '</a>' }, ''],
];

describe('the built-in functions', () => {
  it.each(CASES)('%s of %j is %j', (name, args, expected) => {
    expect(callFunction(functions[name], args)).toBe(expected);
  });

  it.each([
    ['json.pick', { text: '{}', path: 'a' }, 'nothing at "a" of path a'],
    ['json.pick', { text: '{"a": "x"}', path: 'a.length' }, 'nothing at "length"'],
    ['json.pick', { text: '{"a": 1e400}', path: 'a.rawJSON' }, 'nothing at "rawJSON"'],
    ['json.pick', { text: '{', path: '' }, 'JSON'],
    ['text.lines', { text: '', from: '0', count: '1' }, 'from is "0"'],
    ['text.words', { text: '', count: '1.5' }, 'count is "1.5"'],
    ['text.trim', {}, 'lacks argument text'],
    ['text.trim', { text: '', extra: '' }, 'takes text, not extra'],
    ['text.lines', { text: '', from: 'x', to: '' }, 'lacks argument count; from is "x", not'],
    ['text.matches', { text: '', pattern: '(' }, 'pattern is "(": Invalid regular expression'],
    ['text.matches', { text: '', pattern: 'a', flags: 'z' }, 'Invalid flags'],
  ] as const)('%s of %j is refused: %s', (name, args, message) => {
    expect(() => callFunction(functions[name], args)).toThrow(message);
  });

  it('are all pure and described', () => {
    for (const { pure, description } of Object.values(functions)) {
      expect(pure).toBe(true);
      expect(description).toMatch(/\.$/);
    }
  });
});
