import { type Clock, HeliumError, systemClock } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import type { ProgramEnd, RunningProgram } from './child-process.ts';
import { keepRunning } from './keep-running.ts';

const KILLED: ProgramEnd = { code: null, how: 'signal SIGKILL' };

/** A program whose lives a test ends, on a clock that pauses move. */
function keep() {
  let now = 0;
  const clock: Clock = {
    ...systemClock,
    now: () => now,
    setTimer(delayMs, fire) {
      now += delayMs;
      return systemClock.setTimer(0, fire);
    },
  };
  const steps: string[] = [];
  const lives: PromiseWithResolvers<ProgramEnd>[] = [];
  const stops: number[] = [];
  let startFailure: HeliumError | undefined;
  let startsHeld: Promise<void> | undefined;
  const start = (): RunningProgram => {
    const life = Promise.withResolvers<ProgramEnd>();
    lives.push(life);
    const stop = async (graceMs: number) => {
      stops.push(graceMs);
      life.resolve({ code: 0, how: 'exit code 0' });
    };
    return { name: 'coordinator', pid: lives.length, announced: 'h:1', exited: life.promise, stop };
  };
  const restart = async () => {
    if (startFailure !== undefined) throw startFailure;
    await startsHeld;
    return start();
  };
  const report = (step: string) => void steps.push(step);
  const program = keepRunning(start(), { restart, report, clock });
  return {
    program,
    steps,
    stops,
    lives,
    failStarts(error: HeliumError) {
      startFailure = error;
    },
    /** What is started from now on is ready when this is called. */
    holdStarts(): () => void {
      const held = Promise.withResolvers<void>();
      startsHeld = held.promise;
      return held.resolve;
    },
    async die(afterMs: number, end = KILLED) {
      const count = lives.length;
      now += afterMs;
      lives[count - 1]!.resolve(end);
      await expect.poll(() => lives.length).toBe(count + 1);
    },
  };
}

describe('keepRunning', () => {
  it('starts what dies again, soon where it had lived for long', async () => {
    const { program, steps, die } = keep();
    for (let i = 0; i < 7; i++) await die(40_000);
    expect(steps.slice(0, 2)).toEqual([
      'coordinator died (signal SIGKILL); it is started again in 250 ms',
      'coordinator runs again: h:1',
    ]);
    expect(steps.filter((step) => step.includes('in 250 ms'))).toHaveLength(7);
    await program.stop(1);
    expect(await program.ended).toBe('coordinator was stopped');
  });

  it('waits longer each time and gives up what dies at once each time', async () => {
    const { program, steps, lives, die } = keep();
    for (let i = 0; i < 4; i++) await die(10);
    lives.at(-1)!.resolve({ code: 1, how: 'exit code 1, STORE_UNAVAILABLE: disk full' });
    expect(await program.ended).toBe(
      'coordinator died 5 times in a row, each time less than 30 s after its start, last by exit code 1, STORE_UNAVAILABLE: disk full',
    );
    expect(steps.flatMap((step) => /in (\d+) ms/.exec(step)?.[1] ?? [])).toEqual([
      '250',
      '500',
      '1000',
      '2000',
    ]);
  });

  it('counts a start that fails as a death, and stops at one that cannot be cured', async () => {
    const failing = keep();
    failing.failStarts(new HeliumError('UNREACHABLE', 'coordinator ended before it was ready'));
    failing.lives[0]!.resolve(KILLED);
    expect(await failing.program.ended).toContain('last by UNREACHABLE: coordinator ended before');
    const unusable = keep();
    unusable.failStarts(new HeliumError('CONFIG_INVALID', 'listen: is taken'));
    unusable.lives[0]!.resolve(KILLED);
    expect(await unusable.program.ended).toBe(
      'coordinator cannot be used (CONFIG_INVALID: listen: is taken)',
    );
  });

  it('lets go what ends in order', async () => {
    const { program, lives, steps } = keep();
    lives[0]!.resolve({ code: 0, how: 'exit code 0' });
    expect(await program.ended).toBe('coordinator ended by itself');
    expect(steps).toEqual([]);
  });

  it('stops a life, and starts no other', async () => {
    const { program, stops, lives, die } = keep();
    await die(10);
    await program.stop(77);
    expect(stops).toEqual([77]);
    expect(lives).toHaveLength(2);
    expect(await program.ended).toBe('coordinator was stopped');
  });

  it('ends what becomes ready when it was stopped already', async () => {
    const { program, stops, lives, steps, holdStarts } = keep();
    const ready = holdStarts();
    lives[0]!.resolve(KILLED);
    await expect.poll(() => steps.length).toBe(1);
    await systemTurns();
    const stopped = program.stop(77);
    ready();
    await stopped;
    expect(lives).toHaveLength(2);
    expect(stops).toEqual([77, 77]);
  });
});

/** Until timers of no delay have fired. */
function systemTurns(): Promise<void> {
  return new Promise((resolve) => systemClock.setTimer(5, resolve));
}
