import { describe, expect, it } from 'vitest';
import { chooseWidth, ROW_COST, WIDTH_MAX } from './draft-width.ts';
import { HitRate } from './hit-rate.ts';

const often = { tokens: 7, hitRate: 0.95 };
const seldom = { tokens: 7, hitRate: 0.05 };
const none = { tokens: 0, hitRate: 0.95 };

describe('chooseWidth', () => {
  const width = (rows: number, drafts: Parameters<typeof chooseWidth>[1], widthMax = 64) =>
    chooseWidth(rows, drafts, widthMax, ROW_COST.narrow);

  it('takes a row without a guess, or with one that is seldom right, alone', () => {
    expect(width(1, [none])).toBe(1);
    expect(width(1, [])).toBe(1);
    expect(width(1, [seldom])).toBe(1);
    expect(width(8, Array(8).fill(seldom))).toBe(1);
  });

  it('takes as much of a good guess as there is room and guess for', () => {
    expect(width(1, [often])).toBe(WIDTH_MAX);
    expect(width(1, [often], 3)).toBe(3);
    expect(width(1, [{ tokens: 2, hitRate: 0.95 }])).toBe(3);
  });

  it('takes less of a guess that fails sooner, and the more rows there are', () => {
    const rates = [0.05, 0.3, 0.6, 0.8, 0.95];
    const byRate = rates.map((hitRate) => width(1, [{ tokens: 7, hitRate }]));
    expect(byRate).toEqual(byRate.toSorted((a, b) => a - b));
    const byRows = [1, 2, 4, 8, 16].map((rows) => width(rows, Array(rows).fill(often)));
    expect(byRows).toEqual(byRows.toSorted((a, b) => b - a));
  });

  it('does not let all rows pay for the guess of one', () => {
    expect(width(8, [often, ...Array(7).fill(none)])).toBe(1);
  });
});

describe('HitRate', () => {
  it('follows what was right, and forgets it', () => {
    const rate = new HitRate();
    const unknown = rate.value;
    for (let i = 0; i < 10; i++) rate.add(4, 4);
    expect(rate.value).toBeGreaterThan(0.9);
    for (let i = 0; i < 10; i++) rate.add(4, 0);
    expect(rate.value).toBeLessThan(0.4);
    for (let i = 0; i < 60; i++) rate.add(0, 0);
    expect(rate.value).toBeCloseTo(unknown, 2);
  });

  it('does not count guesses behind a wrong one', () => {
    const [short, long] = [new HitRate(), new HitRate()];
    short.add(2, 1);
    long.add(7, 1);
    expect(long.value).toBe(short.value);
  });
});
