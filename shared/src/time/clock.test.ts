import { describe, expect, it } from 'vitest';
import { systemClock } from './clock.ts';

describe('systemClock', () => {
  it('fires a timer of 0 ms within two turns, after what it was set in', async () => {
    const order: string[] = [];
    systemClock.setTimer(0, () => order.push('fired'));
    queueMicrotask(() => order.push('microtask'));
    order.push('here');
    for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(order).toEqual(['here', 'microtask', 'fired']);
  });

  it('cancels timers of either kind', async () => {
    const fired: number[] = [];
    for (const ms of [0, 1]) systemClock.setTimer(ms, () => fired.push(ms)).cancel();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(fired).toEqual([]);
  });
});
