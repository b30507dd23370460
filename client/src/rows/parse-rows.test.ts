import { HeliumError } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { parseRows } from './parse-rows.ts';

describe('parseRows', () => {
  it('takes one object a line and skips empty lines', () => {
    expect(parseRows('{"a":"x","n":2}\n\n{"a":"y","n":true}\n', 'r')).toEqual([
      { a: 'x', n: '2' },
      { a: 'y', n: 'true' },
    ]);
  });

  it('names the line of every fault', () => {
    try {
      parseRows('{"a":"x"}\n{"a":\n[1]\n{"a":null}', 'rows.jsonl');
      expect.unreachable();
    } catch (error) {
      const { faults } = HeliumError.from(error);
      expect(faults.map((f) => f.field)).toEqual([
        'rows.jsonl:2',
        'rows.jsonl:3',
        'rows.jsonl:4 "a"',
      ]);
      expect(faults[2]?.message).toBe('must be a text, number or boolean; is null');
    }
  });

  it('takes numbers digit for digit, and any column name', () => {
    expect(parseRows('{"a":1.10,"b":12345678901234567890,"__proto__":"p"}', 'r')).toEqual([
      Object.fromEntries([
        ['a', '1.10'],
        ['b', '12345678901234567890'],
        ['__proto__', 'p'],
      ]),
    ]);
  });

  it('refuses a column that is there twice, rather than taking one of them', () => {
    try {
      parseRows('{"a":"\\"b\\":","b":"x"}\n{"a":"1","b":"2","\\u0061":"3"}', 'r');
      expect.unreachable();
    } catch (error) {
      expect(HeliumError.from(error).faults).toEqual([
        { field: 'r:2 "a"', message: 'is there twice: one would be lost' },
      ]);
    }
  });

  it('takes texts of megabytes', () => {
    const long = '\\n"x'.repeat(1_000_000);
    expect(parseRows(JSON.stringify({ a: long, b: long }), 'r')).toEqual([{ a: long, b: long }]);
  });

  it('says what a value is that is no text, however deep or large it is', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const deepObject = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
    const wide = JSON.stringify(Array.from({ length: 100_000 }, (_, i) => i));
    try {
      parseRows(`{"a":${deep}}\n{"a":${deepObject}}\n{"a":${wide}}\n{"a":{"b":[1]}}\n${deep}`, 'r');
      expect.unreachable();
    } catch (error) {
      expect(HeliumError.from(error).faults).toEqual([
        { field: 'r:1', message: 'is nested deeper than can be read' },
        { field: 'r:2', message: 'is nested deeper than can be read' },
        { field: 'r:3 "a"', message: 'must be a text, number or boolean; is a list' },
        { field: 'r:4 "a"', message: 'must be a text, number or boolean; is an object' },
        { field: 'r:5', message: 'is nested deeper than can be read' },
      ]);
    }
  });

  it('refuses a file without rows', () => {
    expect(() => parseRows('\n', 'r')).toThrow(
      expect.objectContaining({
        code: 'ROWS_INVALID',
        faults: [{ field: 'r', message: 'has no rows; at least one is needed' }],
      }),
    );
  });
});
