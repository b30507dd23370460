import {
  type Call,
  type CallId,
  type CallResult,
  type Clock,
  callId,
  GREEDY,
  type ResidencyEvent,
  type ResidencySnapshot,
  type SequenceBlockHash,
} from '@helium/shared';
import type { Engine, EngineDescription, EngineEvent } from '../engine/engine.ts';
import type { CoordinatorListener, CoordinatorPort, WorkerMessage } from './coordinator-port.ts';

export const hash = (n: number) => n.toString(16).padStart(32, '0') as SequenceBlockHash;

export const stored = (n: number): ResidencyEvent => ({ kind: 'stored', blocks: [hash(n)] });

export function call(id: string): Call {
  return {
    id: callId(id),
    messages: [{ role: 'user', content: id }],
    sampling: GREEDY,
    maxTokens: 5,
    stop: [],
    reusePrefix: true,
    cacheSalt: '',
    order: 0,
    streamDeltas: true,
  };
}

export function resultOf(id: string, finish: CallResult['finish'] = 'stop'): CallResult {
  const tokens = { promptTokens: 2, prefilledTokens: 1, reusedTokens: 1, outputTokens: 1 };
  const usage = { ...tokens, queueMs: 0, prefillMs: 1, decodeMs: 1 };
  return { id: callId(id), text: `text of ${id}`, finish, usage };
}

/** An engine that does what the test says, when it says so; cancelled calls end at once. */
export class FakeEngine implements Engine {
  readonly description: EngineDescription = {
    engine: 'sim',
    device: 'none',
    contextTokens: 100,
    kvTokens: 1000,
    blockTokens: 16,
    maxBatch: 2,
  };
  readonly submitted: CallId[] = [];
  readonly cancelled: CallId[] = [];
  readonly directed: string[] = [];
  readonly #blocks: SequenceBlockHash[] = [];
  #events = 0;
  #listener: (event: EngineEvent) => void = () => {};

  submit(added: Call): void {
    this.submitted.push(added.id);
  }

  cancel(id: CallId): void {
    this.cancelled.push(id);
    queueMicrotask(() => this.emit({ kind: 'finished', result: resultOf(id, 'cancelled') }));
  }

  direct(directive: { readonly kind: string }): void {
    this.directed.push(directive.kind);
  }

  async snapshot(): Promise<ResidencySnapshot> {
    const blocks = this.#blocks.map((block) => ({ hash: block, pinned: false }));
    return { sequence: this.#events, blocks };
  }

  onEvent(listener: (event: EngineEvent) => void): void {
    this.#listener = listener;
  }

  async drain(): Promise<void> {}

  async close(): Promise<void> {}

  emit(event: EngineEvent): void {
    this.#listener(event);
  }

  store(n: number): void {
    this.#events++;
    this.#blocks.push(hash(n));
    this.emit({ kind: 'residency', event: stored(n) });
  }
}

/** A stream's end that remembers what was sent and blocks when told to. */
export class FakePort implements CoordinatorPort {
  readonly epoch = 1;
  readonly heartbeatIntervalMs = 1000;
  readonly sent: WorkerMessage[] = [];
  isBlocked = false;
  isClosed = false;
  listener: CoordinatorListener | undefined;

  send(message: WorkerMessage): boolean {
    this.sent.push(message);
    return !this.isBlocked;
  }

  listen(listener: CoordinatorListener): void {
    this.listener = listener;
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }

  unblock(): void {
    this.isBlocked = false;
    this.listener?.writable();
  }

  /** What was sent, without heartbeats; takes it. */
  take(): WorkerMessage[] {
    return this.sent.splice(0).filter(({ kind }) => kind !== 'heartbeat');
  }
}

/** Time that passes when the test says so; promises settle in between. */
export class ManualClock implements Clock {
  #now = 0;
  #timers: { atMs: number; fire: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return this.#now;
  }

  setTimer(delayMs: number, fire: () => void): { cancel(): void } {
    const timer = { atMs: this.#now + delayMs, fire };
    this.#timers.push(timer);
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
      },
    };
  }

  /** Lets promises settle, then fires what is due, in order of time. */
  async pass(ms: number): Promise<void> {
    const endMs = this.#now + ms;
    while (true) {
      await new Promise((resolve) => setImmediate(resolve));
      const due = this.#timers.filter(({ atMs }) => atMs <= endMs);
      const next = due.reduce<(typeof due)[number] | undefined>(
        (first, timer) => (first === undefined || timer.atMs < first.atMs ? timer : first),
        undefined,
      );
      if (next === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#now = next.atMs;
      next.fire();
    }
    this.#now = endMs;
  }
}
