import { runId } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { TextRoom } from './text-room.ts';

describe('TextRoom', () => {
  it('refuses a run more than half, all runs together more than all, and gives back what was taken', () => {
    const room = new TextRoom(100);
    const [a, b, c] = [runId('a'), runId('b'), runId('c')];
    room.take(a, 50);
    expect(() => room.take(a, 1)).toThrow(
      expect.objectContaining({
        code: 'PROMPT_TOO_LONG',
        message: expect.stringMatching(/51 characters together.*memory for 50 of a run/),
      }),
    );
    room.take(b, 40);
    expect(() => room.take(c, 11)).toThrow(
      expect.objectContaining({
        code: 'QUEUE_FULL',
        message: expect.stringMatching(/101 characters.*memory for 100/),
      }),
    );
    room.take(c, 10);
    room.giveBack(a);
    // What is given back twice, or never was taken, is there once.
    room.giveBack(a);
    room.giveBack(runId('d'));
    room.take(c, 40);
    expect(() => room.take(a, 11)).toThrow('101 characters');
  });
});
