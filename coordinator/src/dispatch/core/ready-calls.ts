import type { TenantId, WorkerId } from '@helium/shared';
import { type FairShares, type Flow, PRESSED } from './fair-shares.ts';
import type { LiveCall } from './live-call.ts';
import type { LiveSchedule } from './live-schedule.ts';
import { OrderHeap } from './order-heap.ts';
import type { Slot } from './worker-places.ts';

/**
 * A ready call with its order on the worker it was taken for: `last` when it had no place there, `first`
 * when its turn came before that of calls with smaller orders.
 */
export interface TakenCall {
  readonly call: LiveCall;
  readonly order: number | 'first' | 'last';
}

/** A ready call and the place it waits at. */
export interface PlacedCall {
  readonly call: LiveCall;
  readonly slot: Slot;
}

/** Ready calls of one flow at one worker. Entries of calls that are not ready any more are skipped. */
interface Lane extends Flow {
  readonly calls: OrderHeap<PlacedCall>;
}

/** Lanes of a worker from which on empty ones are given up. */
const LANES_KEPT = 8;

/** Loose calls among which the fairest choice is made. */
const LOOSE_LOOKED_AT = 256;

/** Whose a call is now. */
export type FlowOf = (call: LiveCall) => Flow & {
  /** Pressed calls go by it: the earlier first. Steady time, ms. */
  readonly dueAt: number;
};

/**
 * Calls that could run now: at each worker by flow and schedule order, or loose when the schedule has no
 * place for them (they became known after it was made, or their worker is gone, or failed them).
 */
export class ReadyCalls {
  readonly #schedule: LiveSchedule;
  readonly #shares: FairShares;
  readonly #flowOf: FlowOf;
  readonly #ready = new Map<LiveCall, readonly Slot[]>();
  readonly #readyOf = new Map<string, number>();
  readonly #lanes = new Map<WorkerId, Lane[]>();
  /** Ready calls that have a place on the worker. */
  readonly #placed = new Map<WorkerId, Map<LiveCall, Slot>>();
  /** Ready calls without a place by model, and of these those that a worker had before. */
  readonly #loose = new Map<string, Set<LiveCall>>();
  readonly #returned = new Map<string, Set<LiveCall>>();
  readonly #touched = new Set<WorkerId>();
  /** Workers at which pressed calls may wait, in the order in which they came there. */
  readonly #pressedAt = new Set<WorkerId>();
  /** Tenant served last, by worker. */
  readonly #last = new Map<WorkerId, TenantId>();

  constructor(schedule: LiveSchedule, shares: FairShares, flowOf: FlowOf) {
    this.#schedule = schedule;
    this.#shares = shares;
    this.#flowOf = flowOf;
  }

  get size(): number {
    return this.#ready.size;
  }

  /** Ready calls of each model that has any. */
  get sizes(): ReadonlyMap<string, number> {
    return this.#readyOf;
  }

  /** Ready calls that have a place. */
  get placedSize(): number {
    return this.#ready.size - total(this.#loose);
  }

  /** Whether there are calls without a place (of the model), or such that a worker had before. */
  hasLoose(onlyReturned: boolean, model?: string): boolean {
    const loose = onlyReturned ? this.#returned : this.#loose;
    return (model === undefined ? total(loose) : (loose.get(model)?.size ?? 0)) > 0;
  }

  /** A call is ready, or has one owner more. */
  add(call: LiveCall): void {
    this.#forget(call);
    this.#enter(call);
  }

  #enter(call: LiveCall): void {
    const all = this.slotsOf(call);
    const { failedOn } = call;
    const slots = failedOn.size === 0 ? all : all.filter(({ worker }) => !failedOn.has(worker));
    const { model } = call.operator;
    if (!this.#ready.has(call)) this.#readyOf.set(model, (this.#readyOf.get(model) ?? 0) + 1);
    this.#ready.set(call, slots);
    if (slots.length === 0) {
      addTo(this.#loose, model, call);
      if (call.wasSent) addTo(this.#returned, model, call);
      return;
    }
    const flow = this.#flowOf(call);
    for (const slot of slots) this.#place(call, slot, flow);
  }

  remove(call: LiveCall): void {
    this.#forget(call);
    if (!this.#ready.delete(call)) return;
    const { model } = call.operator;
    const left = (this.#readyOf.get(model) ?? 0) - 1;
    if (left > 0) this.#readyOf.set(model, left);
    else this.#readyOf.delete(model);
  }

  /** The worker is gone, and with it whom it served last. */
  forgetWorker(worker: WorkerId): void {
    this.#last.delete(worker);
  }

  /** The schedule or the flows changed. O(ready calls). */
  rebuild(): void {
    const calls = [...this.#ready.keys()].sort((a, b) => a.number - b.number);
    this.#ready.clear();
    this.#readyOf.clear();
    this.#lanes.clear();
    this.#pressedAt.clear();
    this.#placed.clear();
    this.#loose.clear();
    this.#returned.clear();
    for (const call of calls) this.#enter(call);
  }

  /**
   * The worker's places are others now: these ready calls have theirs there. Entries at places that are no
   * more go, too. O(ready calls that have or had a place there).
   */
  renew(worker: WorkerId, calls: readonly LiveCall[]): void {
    for (const call of calls) this.#forget(call);
    this.#lanes.delete(worker);
    const others = [...(this.#placed.get(worker) ?? [])];
    this.#placed.delete(worker);
    for (const [call, slot] of others) this.#place(call, slot, this.#flowOf(call));
    for (const call of calls) this.#enter(call);
  }

  /** Gives places to loose calls that have one now. */
  settleLoose(): void {
    const loose = [...this.#loose.values()].flatMap((calls) => [...calls]);
    for (const call of loose) if (this.slotsOf(call).length > 0) this.add(call);
  }

  /** Workers that got calls since the last time. */
  takeTouched(): WorkerId[] {
    const touched = [...this.#touched];
    this.#touched.clear();
    return touched;
  }

  /**
   * Takes one of the worker's own: of the flow whose turn it is, the first in schedule order that may
   * start. A tenant is kept until it is `quantum` tokens ahead of another. Pressed calls of the model
   * `pressedOf` count as the worker's own wherever they have their places: who has no time left does not
   * wait for one worker while others serve its tenant's other runs.
   */
  takeOwn(worker: WorkerId, quantum: number, pressedOf?: string): TakenCall | undefined {
    const all = this.#lanes.get(worker) ?? [];
    const own = all.filter((lane) => this.#top(worker, lane));
    if (all.length > LANES_KEPT) {
      this.#lanes.set(
        worker,
        all.filter(({ calls }) => calls.size > 0),
      );
    }
    if (this.#schedule.isStrict(worker)) {
      return this.#take(worker, own.toSorted((a, b) => firstOrder(a) - firstOrder(b))[0], own);
    }
    const lanes = pressedOf === undefined ? own : [...own, ...this.#pressed(worker, pressedOf)];
    return this.#take(worker, this.#shares.choose(lanes, this.#last.get(worker), quantum), own);
  }

  #take(worker: WorkerId, lane: Lane | undefined, own: readonly Lane[]): TakenCall | undefined {
    const top = lane?.calls.pop();
    if (lane === undefined || top === undefined) return undefined;
    this.#last.set(worker, lane.tenant);
    const { call, slot } = top.item;
    this.remove(call);
    if (slot.worker !== worker) return { call, order: 'first' };
    const jumps = own.some((other) => other !== lane && firstOrder(other) < slot.order);
    return { call, order: jumps ? 'first' : slot.order };
  }

  /** Pressed lanes of other workers whose first call the worker may run. */
  *#pressed(worker: WorkerId, model: string): Iterable<Lane> {
    for (const other of this.#pressedAt) {
      const lanes = this.#lanes.get(other)?.filter(({ level }) => level === PRESSED) ?? [];
      let waits = false;
      for (const lane of lanes) {
        const mayStart = this.#top(other, lane);
        waits ||= lane.calls.size > 0;
        const call = lane.calls.peek()?.item.call;
        if (!mayStart || other === worker || call === undefined) continue;
        if (call.operator.model === model && !call.failedOn.has(worker)) yield lane;
      }
      if (!waits) this.#pressedAt.delete(other);
    }
  }

  /**
   * Takes a loose call of the model that `suits`, of all or of those that were sent before: the oldest
   * of the flow whose turn it is. Looks at some hundreds only.
   */
  takeLoose(
    model: string,
    { onlyReturned, quantum }: { readonly onlyReturned: boolean; readonly quantum: number },
    suits: (call: LiveCall) => boolean,
  ): TakenCall | undefined {
    const oldest: (Flow & { readonly call: LiveCall })[] = [];
    let looked = 0;
    for (const call of (onlyReturned ? this.#returned : this.#loose).get(model) ?? []) {
      if (looked++ > LOOSE_LOOKED_AT && oldest.length > 0) break;
      if (!suits(call)) continue;
      const { tenant, level } = this.#flowOf(call);
      const isKnown = oldest.some((flow) => flow.tenant === tenant && flow.level === level);
      if (!isKnown) oldest.push({ tenant, level, call });
    }
    const chosen = this.#shares.choose(oldest, undefined, quantum);
    if (chosen === undefined) return undefined;
    this.remove(chosen.call);
    return { call: chosen.call, order: 'last' };
  }

  /** Workers with ready calls that wait for them, and how many. */
  *waitingCounts(): Iterable<readonly [WorkerId, number]> {
    for (const [worker, calls] of this.#placed) if (calls.size > 0) yield [worker, calls.size];
  }

  /** Ready calls with a place on the worker, in any order. */
  *placedAt(worker: WorkerId): Iterable<PlacedCall> {
    for (const [call, slot] of this.#placed.get(worker) ?? []) yield { call, slot };
  }

  /** The places of all its owners. */
  slotsOf(call: LiveCall): Slot[] {
    const slots: Slot[] = [];
    for (const { run, node } of call.owners) {
      const slot = this.#schedule.slotOf({ run: run.id, node });
      if (slot !== undefined) slots.push(slot);
    }
    return slots;
  }

  /** Whether the lane has a call that may start; drops entries that mean nothing any more. */
  #top(worker: WorkerId, { calls }: Lane): boolean {
    for (let top = calls.peek(); top !== undefined; top = calls.peek()) {
      const { call, slot } = top.item;
      const isReady = this.#placed.get(worker)?.get(call) === slot;
      if (isReady && !call.failedOn.has(worker)) return this.#schedule.mayStart(slot);
      calls.pop();
    }
    return false;
  }

  /** At its first place, where owners have several on one worker. */
  #place(call: LiveCall, slot: Slot, flow: ReturnType<FlowOf>): void {
    const { worker, order } = slot;
    this.#touched.add(worker);
    const placed = this.#openPlaced(worker);
    if ((placed.get(call)?.order ?? Number.POSITIVE_INFINITY) < order) return;
    placed.set(call, slot);
    const isPressed = flow.level === PRESSED && !this.#schedule.isStrict(worker);
    if (isPressed) this.#pressedAt.add(worker);
    this.#lane(worker, flow).calls.push(isPressed ? flow.dueAt : order, { call, slot });
  }

  #forget(call: LiveCall): void {
    this.#loose.get(call.operator.model)?.delete(call);
    this.#returned.get(call.operator.model)?.delete(call);
    for (const slot of this.#ready.get(call) ?? []) this.#placed.get(slot.worker)?.delete(call);
  }

  #openPlaced(worker: WorkerId): Map<LiveCall, Slot> {
    const known = this.#placed.get(worker) ?? new Map<LiveCall, Slot>();
    this.#placed.set(worker, known);
    return known;
  }

  #lane(worker: WorkerId, { tenant, level }: Flow): Lane {
    const lanes = this.#lanes.get(worker) ?? [];
    this.#lanes.set(worker, lanes);
    const known = lanes.find((lane) => lane.tenant === tenant && lane.level === level);
    if (known !== undefined) return known;
    const lane = { tenant, level, calls: new OrderHeap<PlacedCall>() };
    lanes.push(lane);
    return lane;
  }
}

function addTo(sets: Map<string, Set<LiveCall>>, model: string, call: LiveCall): void {
  const calls = sets.get(model);
  if (calls === undefined) sets.set(model, new Set([call]));
  else calls.add(call);
}

function total(sets: ReadonlyMap<string, ReadonlySet<LiveCall>>): number {
  let size = 0;
  for (const calls of sets.values()) size += calls.size;
  return size;
}

function firstOrder({ calls }: Lane): number {
  return calls.peek()?.item.slot.order ?? Number.POSITIVE_INFINITY;
}
