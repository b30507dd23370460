import { runId, tenantId, type WorkerId, workerId } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import type { Place } from './core-event.ts';
import { FairShares, PRESSED } from './fair-shares.ts';
import type { LiveCall } from './live-call.ts';
import { LiveSchedule } from './live-schedule.ts';
import { ReadyCalls } from './ready-calls.ts';
import { ORDER_GAP } from './worker-places.ts';

const [w1, w2] = [workerId('w1'), workerId('w2')];
const r = runId('r');

interface Known {
  level?: number;
  dueAt?: number;
  tenant?: string;
  failedOn?: readonly WorkerId[];
  wasSent?: boolean;
}

/** Ready calls over a schedule, each call of a flow that the test may change. */
function open() {
  const schedule = new LiveSchedule();
  const flows = new Map<LiveCall, Known>();
  const ready = new ReadyCalls(schedule, new FairShares(() => 1), (call) => {
    const { tenant = 't', level = 0, dueAt = 0 } = flows.get(call) ?? {};
    return { tenant: tenantId(tenant), level, dueAt };
  });
  let orders = ORDER_GAP;
  const around = {
    isOpen: () => true,
    takeOrders: (_: WorkerId, count: number) => {
      orders += count * ORDER_GAP;
      return orders - count * ORDER_GAP;
    },
    running: () => [],
  };
  const placeOf = (node: number): Place => ({
    ...{ run: r, node, prefixes: [], outputTokens: 1, outputSpread: 1, promptTokens: 1, group: 0 },
  });
  return {
    ready,
    schedule,
    flows,
    /** The worker's sequence, of calls by their first node. */
    place: (worker: WorkerId, nodes: readonly number[], isOrdered = false) => {
      const execution = { ordered: isOrdered, barrier: false, inFlightMax: 9 };
      schedule.begin();
      schedule.replace({ worker, execution, places: nodes.map(placeOf) }, around);
      return schedule.finish(around);
    },
    insert: (worker: WorkerId, nodes: readonly number[]) =>
      schedule.insert([{ worker, places: nodes.map(placeOf) }], around),
    call: (nodes: number | readonly number[], known: Known = {}): LiveCall => {
      const all = [nodes].flat() as number[];
      const call = {
        ...{ number: all[0], operator: { model: 'm' }, wasSent: known.wasSent === true },
        owners: all.map((node) => ({ run: { id: r }, node })),
        failedOn: new Set(known.failedOn),
      } as unknown as LiveCall;
      flows.set(call, known);
      return call;
    },
  };
}

const numberOf = (taken: { readonly call: LiveCall } | undefined) => taken?.call.number;
const ANY = { onlyReturned: false, quantum: 1 };

describe('ReadyCalls', () => {
  it('gives a worker its own in schedule order, each once, and a call of several places at the first', () => {
    const { ready, place, call } = open();
    place(w1, [1, 2, 3, 4]);
    for (const each of [call(4), call([3, 1]), call(2)]) ready.add(each);
    const taken = Array.from({ length: 4 }, () => ready.takeOwn(w1, 1));
    expect(taken.map(numberOf)).toEqual([3, 2, 4, undefined]);
    expect([ready.size, ready.placedSize]).toEqual([0, 0]);
  });

  it('lets a call that is not pressed any more wait for its turn', () => {
    const { ready, place, call, flows } = open();
    place(w1, [1, 2, 3]);
    const [first, second, third] = [call(1), call(2), call(3)];
    for (const each of [first, second, third]) ready.add(each);
    const press = (which: LiveCall, level: number) => {
      flows.set(which, { level });
      ready.rebuild();
    };
    press(second, PRESSED);
    expect(ready.takeOwn(w1, 1)).toEqual({ call: second, order: 'first' });
    press(third, PRESSED);
    press(third, 0);
    expect(numberOf(ready.takeOwn(w1, 1))).toBe(1);
  });

  it('keeps a returned call for the worker that a new schedule gives it', () => {
    const { ready, place, call } = open();
    const lost = call(1, { wasSent: true });
    ready.add(lost);
    ready.add(call(2));
    expect([ready.hasLoose(true), ready.hasLoose(true, 'm'), ready.placedSize]).toEqual([
      true,
      true,
      0,
    ]);
    place(w1, [1]);
    ready.rebuild();
    expect([ready.hasLoose(true), ready.hasLoose(false), ready.placedSize]).toEqual([
      false,
      true,
      1,
    ]);
    expect(numberOf(ready.takeLoose('m', ANY, () => true))).toBe(2);
    expect(numberOf(ready.takeOwn(w1, 1))).toBe(1);
  });

  it('gives no worker a call that it failed', () => {
    const { ready, place, call } = open();
    place(w1, [1, 2]);
    ready.add(call(1, { failedOn: [w1], wasSent: true }));
    ready.add(call(2));
    expect([numberOf(ready.takeOwn(w1, 1)), ready.takeOwn(w1, 1)]).toEqual([2, undefined]);
    expect(numberOf(ready.takeLoose('m', { ...ANY, onlyReturned: true }, () => true))).toBe(1);
  });

  it('gives the calls of new places their turns among those that wait there', () => {
    const { ready, place, insert, call } = open();
    place(w1, [1, 2, 3]);
    const [late, elsewhere] = [call(4), call(5)];
    for (const each of [call(1), call(2), call(3), late, elsewhere]) ready.add(each);
    ready.takeTouched();
    insert(w1, [4]);
    ready.renew(w1, [late]);
    expect([ready.takeTouched(), [...ready.waitingCounts()]]).toEqual([[w1], [[w1, 4]]]);
    expect([...ready.placedAt(w1)].map(numberOf).sort()).toEqual([1, 2, 3, 4]);
    insert(w2, [5]);
    ready.settleLoose();
    expect([ready.hasLoose(false), numberOf(ready.takeOwn(w2, 1))]).toEqual([false, 5]);
    const taken = Array.from({ length: 5 }, () => ready.takeOwn(w1, 1));
    expect(taken.map(numberOf)).toEqual([1, 4, 2, 3, undefined]);
  });

  it('lets another worker take what is pressed, by when it is due, and nothing else', () => {
    const { ready, place, insert, call } = open();
    place(w1, [1, 2, 3, 4]);
    insert(w2, [5]);
    ready.add(call(1));
    ready.add(call(2, { level: PRESSED, dueAt: 20 }));
    ready.add(call(3, { level: PRESSED, dueAt: 10 }));
    ready.add(call(4, { level: PRESSED, dueAt: 30, failedOn: [w2] }));
    ready.add(call(5));
    expect(numberOf(ready.takeOwn(w2, 1, 'other'))).toBe(5);
    const taken = Array.from({ length: 2 }, () => ready.takeOwn(w2, 1, 'm'));
    expect(taken).toMatchObject([
      { call: { number: 3 }, order: 'first' },
      { call: { number: 2 }, order: 'first' },
    ]);
    expect([ready.takeOwn(w2, 1, 'm'), ready.size]).toEqual([undefined, 2]);
  });

  it('holds everybody to a strict sequence, pressed or not', () => {
    const { ready, schedule, place, insert, call } = open();
    place(w1, [1, 2], true);
    insert(w2, [9]);
    ready.add(call(2, { level: PRESSED }));
    expect([ready.takeOwn(w1, 1, 'm'), ready.takeOwn(w2, 1, 'm')]).toEqual([undefined, undefined]);
    ready.add(call(1));
    expect(numberOf(ready.takeOwn(w1, 1, 'm'))).toBe(1);
    schedule.take({ run: r, node: 1 });
    expect(ready.takeOwn(w1, 1, 'm')).toMatchObject({
      call: { number: 2 },
      order: expect.any(Number),
    });
  });

  it('serves every tenant whose calls have no place, the oldest of each, behind hundreds of another', () => {
    const { ready, call } = open();
    for (let node = 0; node < 200; node++) ready.add(call(node));
    ready.add(call(900, { tenant: 'u' }));
    const suits = ({ number }: LiveCall) => number !== 0;
    expect(numberOf(ready.takeLoose('m', ANY, suits))).toBe(1);
    expect(ready.takeLoose('other', ANY, suits)).toBeUndefined();
  });
});
