import { describe, expect, it } from 'vitest';
import { isWholeNumber, parseWholeNumber } from './whole-number.ts';

describe('isWholeNumber', () => {
  it('takes whole numbers of its range, from 0 where none is given', () => {
    expect([0, 7, Number.MAX_SAFE_INTEGER].every((value) => isWholeNumber(value))).toBe(true);
    expect([1, 2, 3, 4].filter((value) => isWholeNumber(value, 2, 3))).toEqual([2, 3]);
    expect(isWholeNumber(-2, -3)).toBe(true);
  });

  it.each([-1, 0.5, Number.NaN, Infinity, 2 ** 53, '1', null, undefined, 1n, [1]])(
    'refuses %s',
    (value) => {
      expect(isWholeNumber(value)).toBe(false);
    },
  );
});

describe('parseWholeNumber', () => {
  it('reads decimal digits of its range', () => {
    expect(parseWholeNumber('0')).toBe(0);
    expect(parseWholeNumber(' 12 ')).toBe(12);
    expect(parseWholeNumber('3', 1, 3)).toBe(3);
    expect(parseWholeNumber('4', 1, 3)).toBeUndefined();
    expect(parseWholeNumber('0', 1)).toBeUndefined();
  });

  it.each(['', ' ', '-1', '1.5', '1e3', '0x10', '1 2', '9007199254740993', 'x'])(
    'refuses "%s"',
    (text) => {
      expect(parseWholeNumber(text)).toBeUndefined();
    },
  );
});
