import { describe, expect, it } from 'vitest';
import { firstDifference } from './first-difference.ts';

describe('firstDifference', () => {
  it('is undefined where all texts are equal', () => {
    expect(firstDifference([{ a: 'x', b: '' }], [{ b: '', a: 'x' }])).toBeUndefined();
  });

  it('names the row, the output and the place', () => {
    const [wanted, got] = [
      [{ a: 'x' }, { a: 'one two' }],
      [{ a: 'x' }, { a: 'one too' }],
    ];
    const expected = 'row 1, output "a": at character 5 "oo" instead of "wo"';
    expect(firstDifference(wanted, got)).toBe(expected);
  });

  it('finds what is missing, what is too much, and a text that goes on', () => {
    expect(firstDifference([{ a: 'x' }], [])).toBe('row 0, output "a": is missing');
    expect(firstDifference([], [{ a: 'x' }])).toBe('row 0, output "a": should not be there');
    expect(firstDifference([{ a: 'x' }], [{ a: 'xy' }])).toContain(
      'at character 1 "y" instead of ""',
    );
  });
});
