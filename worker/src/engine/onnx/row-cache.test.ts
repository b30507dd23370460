import { describe, expect, it } from 'vitest';
import { ROWS_MAX, RowCache } from './row-cache.ts';

describe('RowCache', () => {
  it('makes a row once while it is used, and lets the one go that was not used for longest', () => {
    const made: number[] = [];
    const cache = new RowCache((index) => {
      made.push(index);
      return Float32Array.of(index);
    });
    for (let index = 0; index < ROWS_MAX; index++) cache.row(index);
    expect([...cache.row(0)]).toEqual([0]);
    expect([...cache.row(ROWS_MAX)]).toEqual([ROWS_MAX]);
    expect(made).toHaveLength(ROWS_MAX + 1);
    // 0 was asked for again, so 1 had to go.
    cache.row(0);
    expect(made).toHaveLength(ROWS_MAX + 1);
    cache.row(1);
    expect(made.at(-1)).toBe(1);
  });
});
