import { runId } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { callsThatFit, RunRoom } from './run-room.ts';

describe('RunRoom', () => {
  it('takes what fits, refuses the rest for now, and what never fits for good', () => {
    const room = new RunRoom(100);
    room.check(100);
    room.take(runId('a'), 60);
    expect(() => room.check(41)).toThrow(
      expect.objectContaining({
        code: 'QUEUE_FULL',
        retryable: true,
        message: expect.stringMatching(/41 calls .*memory for 100, 60 are live/),
      }),
    );
    expect(() => room.check(101)).toThrow(
      expect.objectContaining({
        code: 'ROWS_INVALID',
        retryable: false,
        message: expect.stringMatching(/101 calls .*memory for 100; send the rows in several runs/),
      }),
    );
    room.check(40);
    room.giveBack(runId('a'));
    room.check(100);
    // What is given back twice is there once.
    room.giveBack(runId('a'));
    room.take(runId('b'), 60);
    expect(() => room.check(41)).toThrow('60 are live');
  });

  it('takes more for a run whose plan grows beyond what was submitted, where there is more', () => {
    const room = new RunRoom(100);
    const [a, b] = [runId('a'), runId('b')];
    room.take(a, 50);
    room.take(b, 20);
    // Calls that were merged, or moved to where they are made later, are in it already.
    for (const calls of [30, 20]) room.grow(a, calls);
    room.grow(a, 30);
    expect(() => room.check(1)).toThrow('100 are live');
    expect(() => room.grow(a, 1)).toThrow(
      expect.objectContaining({
        code: 'QUEUE_FULL',
        message:
          "the run's plan grew to 81 calls, this coordinator has memory for 100, 20 are live",
      }),
    );
    expect(() => room.grow(a, 21)).toThrow(
      expect.objectContaining({ code: 'ROWS_INVALID', details: { calls: 101, limit: 100 } }),
    );
    room.giveBack(b);
    room.grow(a, 20);
    room.giveBack(a);
    room.grow(a, 1000);
    room.check(100);
  });

  it('has room for the calls of a large batch in the heap of a small machine', () => {
    expect(callsThatFit(2 ** 30)).toBe(88_473);
    expect(callsThatFit(2 ** 28)).toBe(8192);
    expect(callsThatFit()).toBeGreaterThan(20_000);
  });
});
