import { runId, workerId } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import type { MadeSchedule, Place } from './core-event.ts';
import { LiveSchedule } from './live-schedule.ts';

const [w1, w2] = [workerId('w1'), workerId('w2')];
const place = (node: number): Place => ({
  run: runId('r'),
  node,
  prefixes: [],
  outputTokens: 1,
});
const made = (...workers: MadeSchedule['workers'][number][]): MadeSchedule => ({
  version: 1,
  inFlightMax: 1,
  workers,
});

describe('LiveSchedule', () => {
  it('numbers the open places of each worker and leaves out the rest', () => {
    const schedule = new LiveSchedule();
    const wanted = made(
      { worker: w1, places: [place(1), place(2), place(3)] },
      { worker: w2, places: [place(3), place(4)] },
    );
    const takeOrders = (worker: string) => (worker === w1 ? 10 : undefined);
    schedule.install(wanted, ({ node }) => node !== 2, takeOrders);
    expect([...schedule.slots()].map(({ order, place: { node } }) => [node, order])).toEqual([
      [1, 10],
      [3, 11],
    ]);
    expect([schedule.scheduledCount(w1), schedule.scheduledCount(w2)]).toEqual([2, 0]);
  });

  it('gives a place away once, and counts what is left', () => {
    const schedule = new LiveSchedule();
    schedule.install(
      made({ worker: w1, places: [place(1), place(2)] }),
      () => true,
      () => 1,
    );
    expect(schedule.take(place(1))).toMatchObject({ worker: w1, order: 1 });
    expect(schedule.take(place(1))).toBeUndefined();
    expect([schedule.scheduledCount(w1), schedule.slotOf(place(1))]).toEqual([1, undefined]);
    schedule.removeWorker(w1);
    expect([schedule.scheduledCount(w1), [...schedule.slots()]]).toEqual([0, []]);
  });
});
