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

  it('refuses a file without rows', () => {
    expect(() => parseRows('\n', 'r')).toThrow(HeliumError);
  });
});
