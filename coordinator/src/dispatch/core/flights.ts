import { type Call, type CallId, callId, invariant, type WorkerId } from '@helium/shared';
import type { AttachedWorker } from '../../cluster/index.ts';
import type { CallOwner, LiveCall } from './live-call.ts';

interface WorkerFlights {
  /** undefined: nobody waits for it any more, but the worker still has it. */
  readonly calls: Map<CallId, LiveCall | undefined>;
  nextOrder: number;
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
  #sent = 0;

  open(worker: WorkerId): void {
    this.#workers.set(worker, { calls: new Map(), nextOrder: 1, batch: [] });
  }

  /** The worker is gone. Returns the calls somebody waits for, oldest first. */
  close(worker: WorkerId): LiveCall[] {
    const calls = [...(this.#workers.get(worker)?.calls.values() ?? [])];
    this.#workers.delete(worker);
    return calls.filter((call) => call !== undefined);
  }

  count(worker: WorkerId): number {
    return this.#workers.get(worker)?.calls.size ?? 0;
  }

  /** Calls the worker can be sent now, at most `inFlightMax` at once. */
  room(worker: AttachedWorker, inFlightMax: number): number {
    if (worker.state !== 'ready') return 0;
    const inFlight = this.count(worker.identity.workerId);
    const window = Math.min(worker.identity.maxCalls, inFlightMax) - inFlight;
    return Math.max(0, Math.min(worker.credits, window));
  }

  /** The first of `count` consecutive orders; undefined when the worker is not attached. */
  takeOrders(worker: WorkerId, count: number): number | undefined {
    const flights = this.#workers.get(worker);
    if (flights === undefined) return undefined;
    const first = flights.nextOrder;
    flights.nextOrder += count;
    return first;
  }

  /** ready → dispatched: spends a credit and puts the call into the worker's next batch. */
  send(worker: AttachedWorker, call: LiveCall, placedOrder: number | undefined): void {
    const id = worker.identity.workerId;
    const flights = this.#require(id);
    invariant(call.state === 'ready', `call ${call.number} is sent while ${call.state}`);
    const [leader] = call.owners;
    invariant(leader !== undefined, `call ${call.number} is sent for nobody`);
    invariant(worker.credits > 0, `call ${call.number} is sent to "${id}" without credit`);
    const order = placedOrder ?? flights.nextOrder++;
    this.#sent += 1;
    const flight = { id: callId(`c${this.#sent}`), worker: id, order };
    worker.credits -= 1;
    call.state = 'dispatched';
    call.flight = flight;
    flights.calls.set(flight.id, call);
    flights.batch.push({ message: messageOf(call, flight.id, order), leader });
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
    if (call !== undefined) call.flight = undefined;
    return call;
  }

  /** Nobody waits for the call any more. True when the worker must be told. */
  abandon(call: LiveCall): boolean {
    const { flight } = call;
    if (flight === undefined) return false;
    call.flight = undefined;
    const flights = this.#require(flight.worker);
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
    return [...this.#workers.values()].every(({ calls }) => calls.size === 0);
  }

  #require(worker: WorkerId): WorkerFlights {
    const flights = this.#workers.get(worker);
    invariant(flights !== undefined, `worker "${worker}" has no flights`);
    return flights;
  }
}

function messageOf(call: LiveCall, id: CallId, order: number): Call {
  const { operator, messages, cacheSalt, naive, owners } = call;
  const traceparent = owners[0]?.run.planned.traceparent;
  return {
    id,
    messages,
    sampling: operator.sampling,
    maxTokens: operator.maxTokens,
    stop: operator.stop,
    reusePrefix: !naive,
    cacheSalt,
    order,
    streamDeltas: owners.some(({ run }) => run.planned.options.streamDeltas),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}
