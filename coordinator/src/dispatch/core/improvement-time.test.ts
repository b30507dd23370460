import { describe, expect, it } from 'vitest';
import { ImprovementTime } from './improvement-time.ts';

describe('ImprovementTime', () => {
  it('is spent in turns, each twice as long as the one before, once for a schedule', () => {
    const time = new ImprovementTime(700);
    time.begin();
    expect([1, 2, 3, 4].map((at) => time.take(at))).toEqual([100, 200, 400, undefined]);
    expect(time.take(1e9)).toBeUndefined();
    time.begin();
    expect(time.take(1e9)).toBe(100);
  });

  it('is a quarter of a core where schedules are made all the time', () => {
    const time = new ImprovementTime(700);
    let spent = 0;
    for (let at = 0; at <= 100_000; at += 10) {
      time.begin();
      spent += time.take(at) ?? 0;
    }
    expect(spent).toBeGreaterThan(24_000);
    expect(spent).toBeLessThanOrEqual(700 + 25_000);
  });

  it('is none where there is none', () => {
    const time = new ImprovementTime(0);
    time.begin();
    expect(time.take(1e9)).toBeUndefined();
  });
});
