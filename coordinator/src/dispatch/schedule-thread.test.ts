import { describe, expect, it } from 'vitest';
import { betterSchedule, type Instance, planSchedule } from '../scheduler/index.ts';
import { ScheduleThread } from './schedule-thread.ts';

function instance(calls: number): Instance {
  return {
    name: 'i',
    workers: 2,
    kvCapacity: 1000,
    maxSeqs: 4,
    maxBatchedTokens: 100,
    segments: Int32Array.of(50, 10, 20),
    calls: Array.from({ length: calls }, (_, i) => ({
      prompt: Int32Array.of(0, 1 + (i % 2)),
      out: 5,
      deps: new Int32Array(0),
      op: i % 2,
      query: i,
    })),
  };
}

async function* nothingMore(): AsyncGenerator<void> {}

const input = (calls: number, policy = '') => ({ instance: instance(calls), policy, seed: 1 });

describe('ScheduleThread', () => {
  it('makes the schedules that are made without it, small ones at once', async () => {
    const thread = new ScheduleThread();
    const small = thread.plan(input(20));
    expect(small).not.toBeInstanceOf(Promise);
    expect(small).toEqual(planSchedule(input(20)));
    const large = thread.plan(input(300));
    expect(large).toBeInstanceOf(Promise);
    expect((await large).sequences).toEqual(planSchedule(input(300)).sequences);
    await thread.close();
  });

  it('rehearses what else there is behind small schedules', async () => {
    const thread = new ScheduleThread();
    const seen: number[] = [];
    let turns = 0;
    async function* steps() {
      for (let step = 0; step < 3; step++) {
        seen.push(turns);
        yield;
      }
    }
    expect(await thread.rehearse(async () => void turns++, steps())).toBe(true);
    expect(seen).toEqual([turns - 3, turns - 2, turns - 1]);
    expect(turns).toBeGreaterThan(100);
    await thread.close();
  });

  it('rehearses a step a turn, until there is something to do or it is closed', async () => {
    const turns = { idle: 0, asked: 0, busy: 0, closed: 0 };
    const idle = new ScheduleThread();
    expect(await idle.rehearse(async () => void turns.idle++, nothingMore())).toBe(true);
    expect(turns.idle).toBeGreaterThan(100);
    const asked = new ScheduleThread();
    const ask = async () => {
      if (++turns.asked === 3) expect(asked.plan(input(20))).toEqual(planSchedule(input(20)));
    };
    expect(await asked.rehearse(ask, nothingMore())).toBe(false);
    expect(turns.asked).toBe(3);
    const busy = new ScheduleThread();
    const count = async () => void turns.busy++;
    expect(await busy.rehearse(count, nothingMore(), () => turns.busy === 4)).toBe(false);
    expect(turns.busy).toBe(4);
    const closed = new ScheduleThread();
    const close = async () => {
      if (++turns.closed === 2) await closed.close();
    };
    expect(await closed.rehearse(close, nothingMore())).toBe(false);
    expect(turns.closed).toBe(2);
    await Promise.all([idle.close(), asked.close(), busy.close()]);
  });

  it('improves what stands as it would be without it, unless a schedule is asked for', async () => {
    const thread = new ScheduleThread();
    const calls = Array.from({ length: 120 }, (_, call) => call);
    const workers = [calls.filter((call) => call % 2 === 0), calls.filter((call) => call % 2 > 0)];
    const standing = { workers: [[...workers[0]!, ...workers[1]!], []], bound: [] };
    const asked = { ...input(120), standing };
    const improved = await thread.improve(asked, 100_000);
    expect(improved?.sequences).toEqual(betterSchedule(asked, 100_000)?.sequences);
    expect(improved?.sequences[1]?.length).toBeGreaterThan(0);
    const best = { ...asked, standing: { workers: improved!.sequences, bound: [] } };
    expect(await thread.improve(best, 0)).toBeUndefined();
    const endless = [thread.improve(asked, 1e15), thread.improve(asked, 1e15)];
    expect((await thread.plan(input(300))).sequences).toHaveLength(2);
    expect(await Promise.all(endless)).toEqual([undefined, undefined]);
    await expect(thread.improve({ ...asked, policy: 'best' }, 1)).rejects.toThrow('best');
    await thread.close();
  });

  it('says what went wrong on the thread, and ends who waits when it is closed', async () => {
    const thread = new ScheduleThread();
    await expect(thread.plan(input(300, 'best'))).rejects.toMatchObject({
      code: 'OPTIONS_INVALID',
    });
    const waiting = Promise.resolve(thread.plan(input(300)));
    const ended = expect(waiting).rejects.toThrow('shutting down');
    await thread.close();
    await ended;
  });
});
