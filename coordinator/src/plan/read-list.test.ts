import { describe, expect, it } from 'vitest';
import type { ListFormat } from './operator.ts';
import { readList } from './read-list.ts';

describe('readList', () => {
  it.each<[ListFormat, string, readonly string[]]>([
    ['lines', 'one\n\n  two \r\nthree\n', ['one', 'two', 'three']],
    ['lines', '- one', ['- one']],
    ['lines', ' \n', []],
    [
      'bullets',
      '1. What?\n2) Why?\n(3) Who?\n- When?\n* Where?\n• How?',
      ['What?', 'Why?', 'Who?', 'When?', 'Where?', 'How?'],
    ],
    [
      'bullets',
      'Questions:\n-\n1789 was when?\n-5 degrees',
      ['Questions:', '1789 was when?', '-5 degrees'],
    ],
    ['bullets', '1. a\n2.\n(3)\n-\n4. *', ['a', '*']],
    ['json', '["a", 2, {"b": null}, ""]', ['a', '2', '{"b":null}', '']],
    ['json', 'Here:\n```json\n["a"]\n```\nDone.', ['a']],
    ['json', '[]', []],
    ['json', '[12345678901234567890, 1e400, -0]', ['12345678901234567890', '1e400', '-0']],
    ['json', '["\\ud83d\\ude00", {"__proto__": []}]', ['😀', '{"__proto__":[]}']],
  ])('reads %s of %j', (format, text, items) => {
    expect(readList(text, format)).toEqual(items);
  });

  it.each([
    ['a, b', 'the text "a, b" is not JSON'],
    ['["a", "b', 'the text "[\\"a\\", \\"b" is not JSON: Unterminated string'],
    ['["a", "\\ud83d"]', 'item 1 of the list: text has a lone surrogate (0xd83d) at character 0'],
    ['{"a": []}', 'the text "{\\"a\\": []}" is JSON, but not an array'],
  ])('refuses %j as JSON', (text, message) => {
    expect(() => readList(text, 'json')).toThrow(message);
  });

  it('refuses as JSON what nests too deep, and in no time what is a fence and blank lines', () => {
    const deep = '['.repeat(1_000_000) + ']'.repeat(1_000_000);
    expect(() => readList(deep, 'json')).toThrow('is not JSON: it nests too deep');
    expect(() => readList(`\`\`\`${'\n'.repeat(200_000)}`, 'json')).toThrow('is not JSON: ');
  });
});
