import { describe, expect, it } from 'vitest';
import { LeaseClock, leaseState } from './lease.ts';

const times = { heartbeatMs: 100, timeoutMs: 1000 };

describe('leaseState', () => {
  it('suspects after three heartbeats of silence and gives up at the time-out', () => {
    const states = [0, 299, 300, 999, 1000, 5000].map((silence) => leaseState(silence, times));
    expect(states).toEqual(['alive', 'alive', 'suspected', 'suspected', 'lost', 'lost']);
  });

  it('goes straight to lost when the time-out is below three heartbeats', () => {
    expect(leaseState(250, { heartbeatMs: 100, timeoutMs: 200 })).toBe('lost');
  });
});

describe('LeaseClock', () => {
  it('counts a pause of the coordinator as two heartbeats at most', () => {
    const clock = new LeaseClock(times);
    expect([clock.tick(5000), clock.tick(5050), clock.tick(65_050), clock.tick(65_100)]).toEqual([
      0, 50, 250, 300,
    ]);
  });
});
