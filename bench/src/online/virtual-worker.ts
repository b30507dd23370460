import {
  type CallQueue,
  type Instance,
  type InstanceIndex,
  REFERENCE_TIMING,
  SimWorker,
  type StepTiming,
} from '@helium/coordinator/online';
import {
  type Call,
  type CallId,
  type CallUsage,
  KeyedHeap,
  modelDigest,
  type SequenceBlockHash,
  type StepTotals,
  type WorkerIdentity,
  workerId,
} from '@helium/shared';

/** Calls that a worker has and has not begun, by the schedule's order. */
class WaitingCalls implements CallQueue {
  readonly #heap = new KeyedHeap();
  readonly #waiting = new Set<number>();

  add(call: number, order: number): void {
    this.#waiting.add(call);
    this.#heap.push(order, call);
  }

  /** False for a call that has begun. */
  remove(call: number): boolean {
    return this.#waiting.delete(call);
  }

  peek(): number | undefined {
    for (let top = this.#heap.peek(); top !== undefined; top = this.#heap.peek()) {
      if (this.#waiting.has(top)) return top;
      this.#heap.pop();
    }
    return undefined;
  }

  take(): void {
    const call = this.peek();
    this.#heap.pop();
    if (call !== undefined) this.#waiting.delete(call);
  }

  get size(): number {
    return this.#waiting.size;
  }
}

interface Held {
  readonly id: CallId;
  admittedAt: number | undefined;
  reused: number;
}

/**
 * A worker that steps as `PROBLEM.md` section 5 says, fed call by call. Time in seconds. `slowness`
 * multiplies the time of its steps.
 */
export class VirtualWorker {
  readonly identity: WorkerIdentity;
  epoch = 0;
  #slowness = 1;
  /** Residency as it was said: blocks, and events so far. */
  readonly toldBlocks = new Set<SequenceBlockHash>();
  sequence = 0;
  readonly #index: InstanceIndex;
  readonly #queue = new WaitingCalls();
  readonly #engine: SimWorker;
  readonly #held = new Map<number, Held>();
  #admitted: number[] = [];
  readonly #cancelled = new Set<number>();
  #gone: CallId[] = [];
  #now = 0;
  /** Slowness of the strides to come. */
  #pending = 1;

  constructor(identity: WorkerIdentity, index: InstanceIndex) {
    this.identity = identity;
    this.#index = index;
    this.#engine = new SimWorker(index, this.#queue, {
      timing: scaled(() => this.#slowness),
      maxInflight: identity.maxBatch,
      onAdmit: (call, reused) => {
        const held = this.#held.get(call)!;
        held.admittedAt = this.#now;
        held.reused = reused;
        this.#admitted.push(call);
      },
    });
  }

  /** When its present stride ends; Infinity while idle. */
  get endsAt(): number {
    return this.#engine.endsAt;
  }

  /** From the step on that follows; the step that runs keeps its pace. */
  slowDown(slowness: number, now: number): void {
    this.#engine.cut(now);
    this.#pending = slowness;
    if (this.#engine.isIdle) this.#slowness = slowness;
  }

  /** What it has stepped by now, as its heartbeats say. */
  totalsAt(now: number): StepTotals {
    const { steps, calls, contextTokens, seconds } = this.#engine.totalsAt(now);
    const prefillTokens = this.promptTokens - this.hitTokens;
    return { steps, prefillTokens, decodeCalls: calls, contextTokens, ms: seconds * 1000 };
  }

  get hitTokens(): number {
    return this.#engine.hitTokens;
  }

  get promptTokens(): number {
    return this.#engine.promptTokens;
  }

  get runningCalls(): number {
    return this.#held.size - this.#queue.size;
  }

  get queuedCalls(): number {
    return this.#queue.size;
  }

  receive(calls: readonly { readonly call: Call; readonly number: number }[], now: number): void {
    this.#now = now;
    for (const { call, number } of calls) {
      this.#held.set(number, { id: call.id, admittedAt: undefined, reused: 0 });
      this.#queue.add(number, call.order);
    }
    if (this.#engine.isIdle) this.#engine.begin(now);
    else this.#engine.interrupt(now);
  }

  /** True for a call that had not begun: it is gone. */
  withdraw(id: CallId): boolean {
    for (const [number, held] of this.#held) {
      if (held.id === id) return this.#queue.remove(number) && this.#held.delete(number);
    }
    return false;
  }

  /** A call that runs is given up when its step ends; what `advance` says of it then. */
  cancel(id: CallId, now: number): void {
    for (const [number, held] of this.#held) if (held.id === id) this.#cancelled.add(number);
    this.#engine.cut(now);
  }

  /** Calls that were given up since the last time. */
  takeCancelled(): CallId[] {
    const cancelled = this.#gone;
    this.#gone = [];
    return cancelled;
  }

  /** Calls that began since the last time. */
  takeAdmitted(): number[] {
    const admitted = this.#admitted;
    this.#admitted = [];
    return admitted;
  }

  /** Ends the stride that is due and begins the next. */
  advance(): { readonly number: number; readonly id: CallId; readonly usage: CallUsage }[] {
    const now = this.#engine.endsAt;
    this.#now = now;
    const ended = this.#engine.end().map((number) => {
      const held = this.#held.get(number)!;
      this.#held.delete(number);
      return { number, id: held.id, usage: this.#usage(number, held, now) };
    });
    this.#giveUp();
    this.#slowness = this.#pending;
    this.#engine.begin(now);
    return ended;
  }

  #giveUp(): void {
    const running = [...this.#cancelled].filter((number) => this.#held.has(number));
    this.#cancelled.clear();
    if (running.length === 0) return;
    this.#engine.abort(new Set(running));
    for (const number of running) {
      this.#gone.push(this.#held.get(number)!.id);
      this.#held.delete(number);
    }
  }

  #usage(number: number, { admittedAt = 0, reused }: Held, now: number): CallUsage {
    const promptTokens = this.#index.promptTokens[number]!;
    const prefilledTokens = promptTokens - reused;
    const ms = (now - admittedAt) * 1000;
    const { perPrefillToken } = REFERENCE_TIMING;
    const prefillMs = Math.min(ms, prefilledTokens * perPrefillToken * 1000 * this.#slowness);
    return {
      promptTokens,
      prefilledTokens,
      reusedTokens: reused,
      outputTokens: this.#index.out[number]!,
      queueMs: 0,
      prefillMs,
      decodeMs: ms - prefillMs,
    };
  }
}

function scaled(slowness: () => number): StepTiming {
  const { base, perPrefillToken, perCall, perContextToken } = REFERENCE_TIMING;
  return {
    get base() {
      return base * slowness();
    },
    get perPrefillToken() {
      return perPrefillToken * slowness();
    },
    get perCall() {
      return perCall * slowness();
    },
    get perContextToken() {
      return perContextToken * slowness();
    },
  };
}

/** The worker of that number in an instance's cluster. */
export function identityOf(number: number, instance: Instance): WorkerIdentity {
  return {
    workerId: workerId(`w${String(number).padStart(4, '0')}`),
    model: 'm',
    modelDigest: modelDigest('d'),
    tokenizerDigest: 't',
    engine: 'sim',
    device: 'virtual',
    maxCalls: 2 * instance.maxSeqs,
    maxBatch: instance.maxSeqs,
    contextTokens: instance.kvCapacity,
    kvTokens: instance.kvCapacity,
    blockTokens: 64,
    version: '0',
  };
}
