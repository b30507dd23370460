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
    room.giveBack(runId('a'));
    room.check(100);
  });

  it('has room for the calls of a large batch in the heap of a small machine', () => {
    expect(callsThatFit(2 ** 30)).toBe(88_473);
    expect(callsThatFit(2 ** 28)).toBe(8192);
    expect(callsThatFit()).toBeGreaterThan(20_000);
  });
});
