import type { CallDelta, CallId, CallResult, ResidencyEvent } from '@helium/shared';
import type { WorkerLoad, WorkerMessage } from './coordinator-port.ts';
import { ResidencyLog } from './residency-log.ts';

type Draining = Extract<WorkerMessage, { kind: 'draining' }>;

/** A message is closed when its texts reach this many UTF-16 units. */
const MESSAGE_CHARS = 512 * 1024;

const EVENTS_PER_MESSAGE = 512;

/**
 * What waits for the stream, in bounded room: results are kept (there are no more than calls in flight,
 * for their credits are given back with them), deltas of a call are merged into one, a residency log that
 * grows too long gives way to a snapshot, of heartbeats only the last counts.
 */
export class Outbox {
  readonly residency = new ResidencyLog();
  readonly #deltas = new Map<CallId, CallDelta>();
  #deltaTokens = 0;
  #results: CallResult[] = [];
  #credits = 0;
  #prefetched: WorkerMessage[] = [];
  #load: WorkerLoad | undefined;
  #draining: Draining | undefined;
  #grants = true;

  /** Tokens of the deltas that wait. */
  get deltaTokens(): number {
    return this.#deltaTokens;
  }

  addDelta(delta: CallDelta): void {
    this.#deltaTokens += delta.tokens;
    const before = this.#deltas.get(delta.id);
    if (before === undefined) {
      this.#deltas.set(delta.id, delta);
      return;
    }
    const text = before.text + delta.text;
    this.#deltas.set(delta.id, { ...before, text, tokens: before.tokens + delta.tokens });
  }

  /** The credit of its call is granted again once the result is on its way. */
  addResult(result: CallResult): void {
    this.#results.push(result);
  }

  addCredits(calls: number): void {
    if (this.#grants) this.#credits += calls;
  }

  /** False when a snapshot must be asked of the engine. */
  addResidency(event: ResidencyEvent): boolean {
    return this.residency.add(event);
  }

  addPrefetched(residentTokens: number, computedTokens: number): void {
    this.#prefetched.push({ kind: 'prefetched', residentTokens, computedTokens });
  }

  addHeartbeat(load: WorkerLoad): void {
    this.#load = load;
  }

  addDraining(reason: string, mayStay: boolean): void {
    this.#draining = { kind: 'draining', reason, mayStay };
  }

  /** No credit is granted any more in this attachment. */
  stopGranting(): void {
    this.#credits = 0;
    this.#grants = false;
  }

  /** Empties what belongs to an attachment that is over. */
  clear(): void {
    this.residency.detach();
    this.#deltas.clear();
    this.#deltaTokens = 0;
    this.#results = [];
    this.#credits = 0;
    this.#prefetched = [];
    this.#load = undefined;
    this.#draining = undefined;
    this.#grants = true;
  }

  /**
   * The next message, or undefined when nothing waits. Residency goes before results: a call that a result
   * makes ready is placed by what is resident.
   */
  take(): WorkerMessage | undefined {
    if (this.#load !== undefined) return this.#takeHeartbeat(this.#load);
    if (this.#draining !== undefined) return this.#takeDraining(this.#draining);
    const snapshot = this.residency.takeSnapshot();
    if (snapshot !== undefined) return { kind: 'snapshot', snapshot };
    const events = this.residency.takeEvents(EVENTS_PER_MESSAGE);
    if (events.length > 0) return { kind: 'residency', events };
    if (this.#deltas.size > 0) return this.#takeDeltas();
    if (this.#results.length > 0) return this.#takeResults();
    if (this.#prefetched.length > 0) return this.#prefetched.shift();
    return this.#credits > 0 ? this.#takeCredits() : undefined;
  }

  #takeHeartbeat(load: WorkerLoad): WorkerMessage {
    this.#load = undefined;
    return { kind: 'heartbeat', load };
  }

  #takeDeltas(): WorkerMessage {
    const deltas = takeUpTo(this.#deltas.values(), MESSAGE_CHARS);
    for (const { id, tokens } of deltas) {
      this.#deltas.delete(id);
      this.#deltaTokens -= tokens;
    }
    return { kind: 'deltas', deltas };
  }

  #takeResults(): WorkerMessage {
    const results = takeUpTo(this.#results, MESSAGE_CHARS);
    this.#results = this.#results.slice(results.length);
    this.addCredits(results.length);
    return { kind: 'results', results };
  }

  #takeCredits(): WorkerMessage {
    const calls = this.#credits;
    this.#credits = 0;
    return { kind: 'credits', calls };
  }

  #takeDraining(draining: Draining): WorkerMessage {
    this.#draining = undefined;
    return draining;
  }
}

/** At least one, then as many as stay within `chars`. */
function takeUpTo<T extends { readonly text: string }>(items: Iterable<T>, chars: number): T[] {
  const taken: T[] = [];
  let sum = 0;
  for (const item of items) {
    sum += item.text.length;
    if (taken.length > 0 && sum > chars) break;
    taken.push(item);
  }
  return taken;
}
