import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COLUMNS, cut, enumerate, share, table, wrap } from './text-layout.ts';

const words = fc.array(fc.stringMatching(/^[a-z]{1,30}$/), { minLength: 1, maxLength: 60 });

describe('wrap', () => {
  it('keeps every word and stays within the columns', () => {
    fc.assert(
      fc.property(words, (text) => {
        const lines = wrap(text.join(' '), '- ', '  ');
        expect(lines.every((line) => line.length <= COLUMNS)).toBe(true);
        expect(lines.map((line) => line.slice(2)).join(' ')).toBe(text.join(' '));
      }),
    );
  });

  it('cuts a word that is longer than a line', () => {
    const [line = ''] = wrap('x'.repeat(2 * COLUMNS));
    expect([line.length, line.at(-1)]).toEqual([COLUMNS, '…']);
  });
});

describe('table', () => {
  it('puts numbers to the right and texts to the left', () => {
    const lines = [
      ['a', '10', 'x'],
      ['bcd', '5', 'y'],
    ];
    expect(table(lines, [1])).toEqual(['a    10  x', 'bcd   5  y']);
  });
});

describe('small words', () => {
  it('cuts by characters, lists and takes shares', () => {
    expect(cut('näïve🙂text', 7)).toBe('näïve🙂…');
    expect(enumerate(['a', 'b', 'c'])).toBe('a, b and c');
    expect([share(1, 3), share(0, 0)]).toEqual(['33 %', '0 %']);
  });
});
