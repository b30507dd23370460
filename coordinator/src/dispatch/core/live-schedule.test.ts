import { runId, type WorkerId, workerId } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import type { MadeSchedule, NodeRef, Place, SequenceExecution } from './core-event.ts';
import { LiveSchedule, type ScheduleSurroundings } from './live-schedule.ts';
import { ORDER_GAP, type Slot } from './worker-places.ts';

const [w1, w2] = [workerId('w1'), workerId('w2')];
const place = (node: number, group = 0): Place => ({
  run: runId('r'),
  node,
  prefixes: [],
  outputTokens: 1,
  outputSpread: 1,
  promptTokens: 1,
  group,
});
const made = (...workers: MadeSchedule['workers'][number][]): MadeSchedule => ({
  version: 1,
  workers,
});
const strict = (how: Partial<SequenceExecution>): SequenceExecution => ({
  ordered: false,
  barrier: false,
  inFlightMax: Number.POSITIVE_INFINITY,
  ...how,
});

function surroundings(changes: Partial<ScheduleSurroundings> = {}): ScheduleSurroundings {
  let next = ORDER_GAP;
  return {
    isOpen: () => true,
    takeOrders(_, count) {
      const first = next;
      next += count * ORDER_GAP;
      return first;
    },
    running: () => [],
    ...changes,
  };
}

/** All parts at once. */
function install(schedule: LiveSchedule, { workers }: MadeSchedule, around: ScheduleSurroundings) {
  schedule.begin();
  for (const sequence of workers) schedule.replace(sequence, around);
  schedule.finish(around);
}

const order = (slots: Iterable<Slot>) =>
  [...slots].toSorted((a, b) => a.order - b.order).map(({ place: { node } }) => node);

describe('LiveSchedule', () => {
  it('numbers the open places of each worker and leaves out the rest', () => {
    const schedule = new LiveSchedule();
    const wanted = made(
      { worker: w1, places: [place(1), place(2), place(3)] },
      { worker: w2, places: [place(3), place(4)] },
    );
    const isOpen = ({ node }: Place) => node !== 2;
    const takeOrders = (worker: WorkerId) => (worker === w1 ? 10 : undefined);
    install(schedule, wanted, surroundings({ isOpen, takeOrders }));
    expect([...schedule.slots()].map((slot) => [slot.place.node, slot.order])).toEqual([
      [1, 10],
      [3, 10 + ORDER_GAP],
    ]);
    expect([schedule.scheduledCount(w1), schedule.scheduledCount(w2)]).toEqual([2, 0]);
  });

  it('keeps every place until its call has the new one, and counts them right all the while', () => {
    const schedule = new LiveSchedule();
    const around = surroundings();
    const places = (...nodes: number[]) => nodes.map((node) => place(node));
    const at = (worker: WorkerId) => [...schedule.placesAt(worker)].map(({ node }) => node);
    install(
      schedule,
      made({ worker: w1, places: places(1, 2, 3) }, { worker: w2, places: places(4, 5) }),
      around,
    );
    schedule.begin();
    const first = schedule.replace({ worker: w1, places: places(4, 1) }, around);
    expect(first.isFirst).toBe(true);
    expect([order(first.left), order(first.added)]).toEqual([
      [1, 4],
      [4, 1],
    ]);
    expect([at(w1), at(w2), schedule.size]).toEqual([[2, 3, 4, 1], [5], 5]);
    // Between two parts: a call is sent, others come.
    schedule.take(place(2));
    schedule.insert(
      [
        { worker: w1, places: places(6) },
        { worker: w2, places: places(7) },
      ],
      around,
    );
    const second = schedule.replace(
      { worker: w1, places: places(2, 5, 8) },
      {
        ...around,
        isOpen: ({ node }) => node !== 2,
      },
    );
    expect([second.isFirst, order(second.added)]).toEqual([false, [5, 8]]);
    expect([at(w2), schedule.scheduledCount(w1), schedule.scheduledCount(w2)]).toEqual([[7], 6, 1]);
    const { left, added, gone } = schedule.finish(around);
    // What the schedule does not know stays where it is known: 3 by turns with the new ones.
    expect([gone, left.map((slot) => slot.place.node), order(added)]).toEqual([[w2], [3, 7], [3]]);
    expect(new Set(at(w1))).toEqual(new Set([1, 3, 4, 5, 6, 8]));
    expect([at(w2), schedule.size, schedule.openTokens(w1)]).toMatchObject([
      [],
      6,
      { freshTokens: 6, outputTokens: 6 },
    ]);
    const orders = at(w1).map((node) => schedule.slotOf(place(node))!.order);
    expect(orders).toEqual(orders.toSorted((a, b) => a - b));
  });

  it('leaves a call where it is when the worker it should go to is gone', () => {
    const schedule = new LiveSchedule();
    install(schedule, made({ worker: w1, places: [place(1)] }), surroundings());
    const takeOrders = (worker: WorkerId) => (worker === w1 ? ORDER_GAP : undefined);
    schedule.begin();
    schedule.replace({ worker: w2, places: [place(1)] }, surroundings({ takeOrders }));
    schedule.replace({ worker: w1, places: [] }, surroundings({ takeOrders }));
    schedule.finish(surroundings());
    expect([schedule.slotOf(place(1))?.worker, schedule.size]).toEqual([w1, 1]);
  });

  it('gives a place away once, and counts what is left', () => {
    const schedule = new LiveSchedule();
    install(schedule, made({ worker: w1, places: [place(1), place(2)] }), surroundings());
    expect(schedule.take(place(1))).toMatchObject({ worker: w1, order: ORDER_GAP });
    expect(schedule.take(place(1))).toBeUndefined();
    expect([schedule.scheduledCount(w1), schedule.slotOf(place(1))]).toEqual([1, undefined]);
    schedule.removeWorker(w1);
    expect([schedule.scheduledCount(w1), [...schedule.slots()]]).toEqual([0, []]);
  });

  it('puts new places between the present ones by turns, the rest behind, each order once', () => {
    const schedule = new LiveSchedule();
    const around = surroundings();
    install(schedule, made({ worker: w1, places: [place(1), place(2), place(3)] }), around);
    schedule.take(place(1));
    const first = schedule.insert(
      [{ worker: w1, places: [10, 11, 12].map((n) => place(n)) }],
      around,
    );
    expect(order(first)).toEqual([10, 11, 12]);
    expect(order(schedule.slots())).toEqual([2, 10, 3, 11, 12]);
    schedule.take(place(10));
    schedule.insert([{ worker: w1, places: [place(20), place(11)] }], around);
    expect(order(schedule.slots())).toEqual([2, 20, 3, 11, 12]);
    const orders = [...schedule.slots(), ...first].map((slot) => slot.order);
    expect(new Set(orders).size).toBe(schedule.size + 1);
  });

  it('gives open places another order or worker, what is sent or named nowhere excepted', () => {
    const schedule = new LiveSchedule();
    const around = surroundings();
    install(
      schedule,
      made(
        { worker: w1, places: [place(1), place(2), place(3), place(4)] },
        { worker: w2, places: [place(5), place(6)] },
      ),
      around,
    );
    const sent = schedule.take(place(1));
    const isOpen = ({ node }: Place) => node !== 1 && node !== 2;
    schedule.reorder(
      [
        { worker: w1, places: [place(4), place(1), place(5), place(2)] },
        { worker: w2, places: [place(3)] },
      ],
      { ...around, isOpen },
    );
    const at = (worker: WorkerId) => [...schedule.placesAt(worker)].map(({ node }) => node);
    expect([at(w1), at(w2), schedule.size]).toEqual([[4, 5], [3, 6], 4]);
    const orders = [...schedule.slots()].map((slot) => slot.order);
    expect(Math.min(...orders)).toBeGreaterThan(sent!.order);
    expect([schedule.slotOf(place(1)), schedule.slotOf(place(2))]).toEqual([undefined, undefined]);
  });

  it('gives places on a worker that had none', () => {
    const schedule = new LiveSchedule();
    schedule.insert([{ worker: w1, places: [place(1)] }], surroundings());
    expect([schedule.size, schedule.isStrict(w1), schedule.inFlightMax(w1)]).toEqual([
      1,
      false,
      Number.POSITIVE_INFINITY,
    ]);
    expect([...schedule.slots()].map((slot) => schedule.mayStart(slot))).toEqual([true]);
  });

  it('lets the places of an ordered sequence start one after the other', () => {
    const schedule = new LiveSchedule();
    const around = surroundings();
    const execution = strict({ ordered: true, inFlightMax: 3 });
    install(schedule, made({ worker: w1, execution, places: [place(1), place(2)] }), around);
    schedule.insert([{ worker: w1, places: [place(3)] }], around);
    const open = () => order([...schedule.slots()].filter((slot) => schedule.mayStart(slot)));
    expect([schedule.isStrict(w1), schedule.inFlightMax(w1), open()]).toEqual([true, 3, [1]]);
    schedule.take(place(1));
    expect(open()).toEqual([2]);
    schedule.take(place(2));
    expect(open()).toEqual([3]);
  });

  it('holds a group back until the ones before it and what ran before have ended', () => {
    const schedule = new LiveSchedule();
    const old: NodeRef = { run: runId('r'), node: 99 };
    const places = [place(1, 4), place(2, 4), place(3, 7)];
    const execution = strict({ barrier: true });
    const around = surroundings({ running: () => [old] });
    install(schedule, made({ worker: w1, execution, places }), around);
    const open = () => order([...schedule.slots()].filter((slot) => schedule.mayStart(slot)));
    expect(open()).toEqual([1, 2]);
    schedule.take(place(1));
    schedule.take(place(2));
    schedule.end(place(1));
    schedule.end(place(2));
    expect(open()).toEqual([]);
    schedule.end(old);
    expect(open()).toEqual([3]);
  });
});
