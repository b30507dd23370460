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
    ['json', '["a", 2, {"b": null}, ""]', ['a', '2', '{"b":null}', '']],
    ['json', 'Here:\n```json\n["a"]\n```\nDone.', ['a']],
    ['json', '[]', []],
  ])('reads %s of %j', (format, text, items) => {
    expect(readList(text, format)).toEqual(items);
  });

  it.each([
    ['a, b', 'the text "a, b" is not JSON'],
    ['{"a": []}', 'the text "{\\"a\\": []}" is JSON, but not an array'],
  ])('refuses %j as JSON', (text, message) => {
    expect(() => readList(text, 'json')).toThrow(message);
  });
});
