import { describe, expect, it } from 'vitest';
import { jsonOf, parseWrittenJson } from './written-json.ts';

const again = (text: string) => jsonOf(parseWrittenJson(text));

describe('JSON as models write it', () => {
  it.each([
    ['[1, "a", null, true]', '[1,"a",null,true]'],
    ['Sure!\n```json\n{"vote": "buy"}\n```\nBye.', '{"vote":"buy"}'],
    ['```JSON  \n\n[1]\n\n  ```', '[1]'],
    ['```\r\n[1]\r\n```', '[1]'],
    ['``` ```\n[1]\n```', '[1]'],
    ['{"__proto__": 1, "constructor": {"a": 2}}', '{"__proto__":1,"constructor":{"a":2}}'],
    [' "```\\n[1]\\n```" ', '"```\\n[1]\\n```"'],
  ])('%j is %s', (text, json) => {
    expect(again(text)).toBe(json);
  });

  it('keeps numbers as they are written, those that a double cannot hold as well', () => {
    const numbers = '[12345678901234567890,1e400,-0,1.0,0.1,{"a":1E5}]';
    expect(again(numbers)).toBe(numbers);
    expect(again('9007199254740993')).toBe('9007199254740993');
  });

  it('refuses what is none, and what nests too deep to be read', () => {
    for (const text of ['', 'a', '[1', '```\n[1]', '```json\n```', '```json\nx\n```']) {
      expect(() => parseWrittenJson(text)).toThrow(SyntaxError);
    }
    const deep = '['.repeat(1_000_000) + ']'.repeat(1_000_000);
    expect(() => again(deep)).toThrow(/nests too deep/);
  });

  it('looks at every character a few times only, however many lines are blank', () => {
    const blank = '\n'.repeat(200_000);
    expect(() => parseWrittenJson(`\`\`\`${blank}`)).toThrow(SyntaxError);
    expect(() => parseWrittenJson('```\n '.repeat(50_000))).toThrow(SyntaxError);
    expect(again(`\`\`\`${blank}[1]${blank}\`\`\``)).toBe('[1]');
  });
});
