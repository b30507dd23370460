import {
  type Call,
  type CallId,
  callId,
  invariant,
  type WorkerId,
  type WorkerIdentity,
} from '@helium/shared';
import { type AttachedWorker, takesCalls } from '../../cluster/index.ts';
import { decodingOf } from '../../plan/decoding.ts';
import type { CallOwner, Flight, LiveCall } from './live-call.ts';
import { renderCall } from './render-call.ts';
import { FIRST_ORDER, ORDER_GAP } from './worker-places.ts';

interface WorkerFlights {
  /** undefined: nobody waits for it any more, but the worker still has it. */
  readonly calls: Map<CallId, LiveCall | undefined>;
  nextOrder: number;
  /** Below all orders of places. */
  nextFirst: number;
  /** Token time expected of the calls that it has. */
  work: number;
  /** Calls it was asked to give back. */
  recalled: number;
  /** Calls that others were asked to give back for it. */
  promised: number;
  readonly maxBatch: number;
  /** Calls in the batch, summed over milliseconds, and up to when. */
  companyMs: number;
  companyAt: number;
  batch: Departure[];
}

/** A call as it leaves, and the owner it counts for. */
export interface Departure {
  readonly message: Call;
  readonly leader: CallOwner;
}

/** What each attached worker has been sent and has not answered. Credits are spent here only. */
export class Flights {
  readonly #workers = new Map<WorkerId, WorkerFlights>();
  readonly #departing = new Set<WorkerId>();
  readonly #backlogged = new Set<WorkerId>();
  readonly #busy = new Set<WorkerId>();
  readonly #idPrefix: string;
  #sent = 0;

  /** What ids of calls begin with: workers may still have calls of a coordinator that died. */
  constructor(idPrefix: string) {
    this.#idPrefix = idPrefix;
  }

  open({ workerId: worker, maxBatch }: WorkerIdentity): void {
    this.#workers.set(worker, {
      calls: new Map(),
      nextOrder: FIRST_ORDER,
      nextFirst: 1,
      work: 0,
      recalled: 0,
      promised: 0,
      maxBatch,
      companyMs: 0,
      companyAt: 0,
      batch: [],
    });
  }

  /** The worker is gone. Returns the calls somebody waits for, oldest first. */
  close(worker: WorkerId): LiveCall[] {
    const calls = [...this.calls(worker)];
    for (const call of calls) this.#settle(call);
    this.#workers.delete(worker);
    this.#backlogged.delete(worker);
    this.#busy.delete(worker);
    return calls;
  }

  count(worker: WorkerId): number {
    return this.#workers.get(worker)?.calls.size ?? 0;
  }

  /** Calls the worker can be sent now, at most `inFlightMax` at once. */
  room(worker: AttachedWorker, inFlightMax = Number.POSITIVE_INFINITY): number {
    if (!takesCalls(worker)) return 0;
    const inFlight = this.count(worker.identity.workerId);
    const { maxCalls, maxBatch } = worker.identity;
    const window = Math.min(maxCalls, inFlightMax, maxBatch + queuedMax(maxBatch)) - inFlight;
    const limit = worker.standing.isOnTrial ? 1 - inFlight : window;
    return Math.max(0, Math.min(worker.credits, window, limit));
  }

  /** Token time expected of the calls that the worker has. */
  work(worker: WorkerId): number {
    return this.#workers.get(worker)?.work ?? 0;
  }

  /**
   * Calls that step together at the worker, summed over the milliseconds until `at`: its difference over
   * the life of a call is the mean batch that the call ran in, times its life. To be asked before any
   * call comes or goes.
   */
  companyMs(worker: WorkerId, at: number): number {
    const flights = this.#require(worker);
    const batch = Math.min(flights.calls.size, flights.maxBatch);
    flights.companyMs += batch * (at - flights.companyAt);
    flights.companyAt = at;
    return flights.companyMs;
  }

  /** Calls that the worker has and somebody waits for, in the order in which they were sent. */
  *calls(worker: WorkerId): Iterable<LiveCall> {
    for (const call of this.#workers.get(worker)?.calls.values() ?? []) {
      if (call !== undefined) yield call;
    }
  }

  /**
   * The first of `count` orders, `ORDER_GAP` apart; undefined when the worker is not attached.
   */
  takeOrders(worker: WorkerId, count: number): number | undefined {
    const flights = this.#workers.get(worker);
    if (flights === undefined) return undefined;
    const first = flights.nextOrder;
    flights.nextOrder += count * ORDER_GAP;
    return first;
  }

  /**
   * ready → dispatched: spends a credit and puts the call into the worker's next batch. `work`: token
   * time expected of it.
   */
  send(
    worker: AttachedWorker,
    call: LiveCall,
    wanted: number | 'first' | 'last',
    { work, at, clockAt, place }: Pick<Flight, 'work' | 'at' | 'clockAt' | 'place'>,
  ): void {
    const id = worker.identity.workerId;
    const flights = this.#require(id);
    invariant(call.state === 'ready', `call ${call.number} is sent while ${call.state}`);
    const [leader] = call.owners;
    invariant(leader !== undefined, `call ${call.number} is sent for nobody`);
    invariant(worker.credits > 0, `call ${call.number} is sent to "${id}" without credit`);
    const order = takeOrder(flights, wanted);
    this.#sent += 1;
    const flightId = callId(`${this.#idPrefix}${this.#sent}`);
    call.state = 'dispatched';
    call.wasSent = true;
    call.flight = {
      id: flightId,
      worker: id,
      order,
      work,
      at,
      clockAt,
      place,
      companyMs: this.companyMs(id, at),
      ranAtOnce: flights.calls.size < flights.maxBatch,
      recalledFor: undefined,
    };
    flights.work += work;
    worker.credits -= 1;
    worker.idleSince = undefined;
    flights.calls.set(flightId, call);
    this.#departing.add(id);
    this.#busy.add(id);
    this.#noteSurplus(id);
    flights.batch.push({ message: messageOf(call, leader, flightId, order), leader });
  }

  /** Workers with calls that `takeBatch` has not given out, ascending. */
  takeDeparting(): WorkerId[] {
    const departing = [...this.#departing].sort();
    this.#departing.clear();
    return departing;
  }

  /** What was sent since the last time, in schedule order. */
  takeBatch(worker: WorkerId): Departure[] {
    const flights = this.#workers.get(worker);
    if (flights === undefined) return [];
    const batch = flights.batch.sort((a, b) => a.message.order - b.message.order);
    flights.batch = [];
    return batch;
  }

  find(worker: WorkerId, id: CallId): LiveCall | undefined {
    return this.#workers.get(worker)?.calls.get(id);
  }

  /** The worker answered. Undefined for a call that nobody waits for, or that was never sent. */
  land(worker: WorkerId, id: CallId): LiveCall | undefined {
    const flights = this.#workers.get(worker);
    const call = flights?.calls.get(id);
    flights?.calls.delete(id);
    if (flights?.calls.size === 0) this.#busy.delete(worker);
    if (call !== undefined) this.#settle(call);
    this.#noteSurplus(worker);
    return call;
  }

  /** Nobody waits for the call any more. True when the worker must be told. */
  abandon(call: LiveCall): boolean {
    const { flight } = call;
    if (flight === undefined) return false;
    const flights = this.#require(flight.worker);
    this.#settle(call);
    flights.calls.set(flight.id, undefined);
    return true;
  }

  /** Calls in flight that somebody waits for. */
  *live(): Iterable<LiveCall> {
    for (const { calls } of this.#workers.values()) {
      for (const call of calls.values()) if (call !== undefined) yield call;
    }
  }

  get isIdle(): boolean {
    return this.#busy.size === 0;
  }

  /** Workers that have calls, ascending. */
  get busy(): readonly WorkerId[] {
    return [...this.#busy].sort();
  }

  /** Asks the call back for the idle worker `thief`. */
  recall(call: LiveCall, thief: WorkerId): void {
    const { flight } = call;
    invariant(flight !== undefined, `call ${call.number} is asked back and no worker has it`);
    invariant(flight.recalledFor === undefined, `call ${call.number} is asked back twice`);
    flight.recalledFor = thief;
    call.recalls += 1;
    this.#require(flight.worker).recalled += 1;
    this.#require(thief).promised += 1;
    this.#noteSurplus(flight.worker);
  }

  /** Workers that have more calls than step together, those asked back left out. */
  get backlogged(): ReadonlySet<WorkerId> {
    return this.#backlogged;
  }

  /** How many more. */
  surplus(worker: WorkerId): number {
    const flights = this.#workers.get(worker);
    return flights === undefined ? 0 : flights.calls.size - flights.recalled - flights.maxBatch;
  }

  /** Calls that others were asked to give back for the worker. */
  promisedCount(worker: WorkerId): number {
    return this.#workers.get(worker)?.promised ?? 0;
  }

  /** The call's flight is over. */
  #settle(call: LiveCall): void {
    const { flight } = call;
    if (flight === undefined) return;
    call.flight = undefined;
    const flights = this.#require(flight.worker);
    flights.work -= flight.work;
    if (flight.recalledFor === undefined) return;
    flights.recalled -= 1;
    const thief = this.#workers.get(flight.recalledFor);
    if (thief !== undefined) thief.promised -= 1;
  }

  #noteSurplus(worker: WorkerId): void {
    if (this.surplus(worker) > 0) this.#backlogged.add(worker);
    else this.#backlogged.delete(worker);
  }

  #require(worker: WorkerId): WorkerFlights {
    const flights = this.#workers.get(worker);
    invariant(flights !== undefined, `worker "${worker}" has no flights`);
    return flights;
  }
}

/**
 * Calls that wait at a worker beyond those that step together: enough to fill places that open before
 * the next arrive. What is not sent can still be overtaken, moved and planned anew.
 */
function queuedMax(maxBatch: number): number {
  return Math.ceil(maxBatch / 64);
}

function takeOrder(flights: WorkerFlights, wanted: number | 'first' | 'last'): number {
  if (wanted === 'first') return flights.nextFirst++;
  if (wanted !== 'last') return wanted;
  const order = flights.nextOrder;
  flights.nextOrder += ORDER_GAP;
  return order;
}

function messageOf(call: LiveCall, leader: CallOwner, id: CallId, order: number): Call {
  const { operator, cacheSalt, naive, owners } = call;
  const { traceparent } = leader.run.planned;
  return {
    id,
    messages: renderCall(leader),
    ...decodingOf(operator),
    reusePrefix: !naive,
    cacheSalt,
    order,
    streamDeltas: owners.some(({ run }) => run.planned.options.streamDeltas),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}
