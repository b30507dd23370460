import {
  type Call,
  type CallId,
  type Clock,
  type HeliumError,
  invariant,
  NO_STEPS,
  type TimerHandle,
  withStep,
} from '@helium/shared';
import { type Engine, type EngineEvent, NO_LOAD } from '../engine/engine.ts';
import type { CoordinatorMessage, CoordinatorPort } from './coordinator-port.ts';
import { Outbox } from './outbox.ts';

/** Deltas wait this long for company, or until they are this many tokens. */
const DELTA_DELAY_MS = 20;
const DELTA_TOKENS = 32;

export interface LinkOptions {
  /** Calls taken at once, running and queued: the window of credits. */
  readonly maxCalls: number;
  readonly clock: Clock;
  /** Highest delay of this thread's event loop since the last call, ms. */
  readonly takeLoopDelayMs: () => number;
  /** Told of everything that goes into the engine and comes out of it, for metrics and traces. */
  readonly observer?: LinkObserver;
  /** Told of every change; a new link is detached. */
  readonly onState?: (state: LinkState) => void;
  /** It drains and was asked to go on meanwhile, or may go at last. */
  readonly onStay?: (stays: boolean) => void;
}

/** Heartbeats that a worker waits for the answer whether it is to stay. */
const ANSWER_HEARTBEATS = 2;

/** `attached` takes calls; `draining` finishes what it has, and what it is asked to; `failed` has lost its engine. */
export type LinkState = 'detached' | 'attached' | 'draining' | 'failed';

export interface LinkObserver {
  submitted(call: Call): void;
  engineEvent(event: EngineEvent): void;
}

/** Why an attachment is over. */
export type AttachmentEnd =
  | { readonly kind: 'lost'; readonly error: HeliumError }
  /** All that was taken is answered. */
  | { readonly kind: 'drained' }
  | { readonly kind: 'engineFailed'; readonly message: string };

interface Attachment {
  readonly port: CoordinatorPort;
  readonly resolve: (end: AttachmentEnd) => void;
  blocked: boolean;
  /** Credits follow the first snapshot: whoever sends calls knows what is resident. */
  granted: boolean;
  closing: boolean;
  heartbeat: TimerHandle | undefined;
}

/**
 * Joins the engine with one attachment after the other: calls and directives go down, results, deltas and
 * residency come up. When an attachment is lost its calls are cancelled, for the coordinator plans
 * them anew; what is resident stays and opens the next attachment as a snapshot.
 */
export class CoordinatorLink {
  readonly #engine: Engine;
  readonly #options: LinkOptions;
  readonly #outbox = new Outbox();
  readonly #inFlight = new Set<CallId>();
  #whenIdle: (() => void)[] = [];
  #attachment: Attachment | undefined;
  #flushTimer: { readonly atMs: number; readonly handle: TimerHandle } | undefined;
  #load = NO_LOAD;
  #steps = NO_STEPS;
  #prefetchedTokens = 0;
  #drainReason: string | undefined;
  /** It drains, and waits for the answer whether it is to stay, or was told to. */
  #mayStay = false;
  #patience: TimerHandle | undefined;
  #engineFailure: string | undefined;
  #state: LinkState = 'detached';

  constructor(engine: Engine, options: LinkOptions) {
    this.#engine = engine;
    this.#options = options;
    engine.onEvent((event) => {
      options.observer?.engineEvent(event);
      this.#onEngineEvent(event);
    });
  }

  /** Why no further attachment makes sense: drained or failed. */
  get over(): AttachmentEnd | undefined {
    const message = this.#engineFailure;
    if (message !== undefined) return { kind: 'engineFailed', message };
    const isGoing = this.#drainReason !== undefined && !this.#mayStay;
    return isGoing ? { kind: 'drained' } : undefined;
  }

  /** Resolves when no call of a former attachment is left in the engine. */
  idle(): Promise<void> {
    if (this.#inFlight.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  /** Serves an attachment to its end. The engine must be idle. */
  serve(port: CoordinatorPort): Promise<AttachmentEnd> {
    invariant(this.#attachment === undefined, 'one attachment at a time');
    invariant(this.#inFlight.size === 0, 'calls of the former attachment are still running');
    return new Promise((resolve) => {
      const flags = { blocked: false, granted: false, closing: false };
      this.#attachment = { port, resolve, ...flags, heartbeat: undefined };
      this.#outbox.residency.attach();
      this.#askSnapshot();
      port.listen({
        message: (message) => this.#onMessage(message),
        writable: () => this.#onWritable(),
        lost: (error) => this.#end({ kind: 'lost', error }),
      });
      this.#beat();
      this.#tellState();
      if (this.#drainReason !== undefined) this.drain(this.#drainReason);
    });
  }

  /**
   * Takes no new calls, finishes what it has, then ends the attachment. With `mayStay` it asks before whether runs need
   * it, and takes their calls until they do not.
   */
  drain(reason: string, mayStay = false): void {
    const { port } = this.#attachment ?? {};
    const isLeaving = this.over !== undefined;
    this.#drainReason = reason;
    this.#mayStay = mayStay && port !== undefined && !isLeaving;
    this.#tellState();
    this.#outbox.addDraining(reason, this.#mayStay);
    if (this.#mayStay && port !== undefined) {
      const patienceMs = ANSWER_HEARTBEATS * port.heartbeatIntervalMs;
      this.#patience?.cancel();
      this.#patience = this.#options.clock.setTimer(patienceMs, () => this.#leave());
    } else this.#leave();
    this.#flushIn(0);
  }

  #leave(): void {
    this.#patience?.cancel();
    this.#patience = undefined;
    this.#mayStay = false;
    this.#outbox.stopGranting();
    this.#flushIn(0);
  }

  #stay(): void {
    if (!this.#mayStay || this.#patience === undefined) return;
    this.#patience.cancel();
    this.#patience = undefined;
    this.#options.onStay?.(true);
  }

  #letGo(): void {
    if (this.#drainReason === undefined) {
      this.drain('the coordinator asked for it');
      return;
    }
    if (this.#mayStay && this.#patience === undefined) this.#options.onStay?.(false);
    this.#leave();
  }

  #onMessage(message: CoordinatorMessage): void {
    switch (message.kind) {
      case 'batch':
        for (const call of message.calls) {
          this.#inFlight.add(call.id);
          this.#options.observer?.submitted(call);
          this.#engine.submit(call);
        }
        break;
      case 'directives':
        for (const directive of message.directives) this.#engine.direct(directive);
        break;
      case 'cancel':
        for (const id of message.ids) {
          if (this.#inFlight.has(id)) this.#engine.cancel(id, message.unlessBegun);
        }
        break;
      case 'snapshotRequest':
        this.#askSnapshot();
        break;
      case 'drain':
        this.#letGo();
        break;
      case 'stay':
        this.#stay();
        break;
    }
  }

  #onEngineEvent(event: EngineEvent): void {
    switch (event.kind) {
      case 'delta':
        if (this.#attachment === undefined) break;
        this.#outbox.addDelta(event.delta);
        this.#flushIn(this.#outbox.deltaTokens >= DELTA_TOKENS ? 0 : DELTA_DELAY_MS);
        break;
      case 'finished':
        this.#inFlight.delete(event.result.id);
        if (this.#attachment !== undefined) this.#outbox.addResult(event.result);
        if (this.#inFlight.size === 0) this.#wakeIdle();
        this.#flushIn(0);
        break;
      case 'residency':
        if (!this.#outbox.addResidency(event.event)) this.#askSnapshot();
        this.#flushIn(DELTA_DELAY_MS);
        break;
      case 'stepped':
        this.#load = event.load;
        this.#steps = withStep(this.#steps, event.step);
        break;
      case 'prefetched':
        this.#prefetchedTokens += event.computedTokens;
        if (this.#attachment === undefined) break;
        this.#outbox.addPrefetched(event.residentTokens, event.computedTokens);
        this.#flushIn(0);
        break;
      case 'failed':
        this.#engineFailure = event.message;
        this.#tellState();
        this.#inFlight.clear();
        this.#wakeIdle();
        this.#flushIn(0);
        break;
    }
  }

  #tellState(): void {
    const state = this.#stateNow();
    if (state === this.#state) return;
    this.#state = state;
    this.#options.onState?.(state);
  }

  #stateNow(): LinkState {
    if (this.#engineFailure !== undefined) return 'failed';
    if (this.#drainReason !== undefined) return 'draining';
    return this.#attachment === undefined ? 'detached' : 'attached';
  }

  #wakeIdle(): void {
    for (const wake of this.#whenIdle.splice(0)) wake();
  }

  /** The attachment begins with one. */
  #askSnapshot(): void {
    const attachment = this.#attachment;
    if (attachment === undefined) return;
    this.#outbox.residency.expectSnapshot();
    this.#engine.snapshot().then(
      (snapshot) => {
        if (this.#attachment !== attachment) return;
        this.#outbox.residency.addSnapshot(snapshot);
        if (!attachment.granted) this.#outbox.addCredits(this.#options.maxCalls);
        attachment.granted = true;
        this.#flushIn(0);
      },
      (thrown: unknown) => this.#onEngineEvent({ kind: 'failed', message: `snapshot: ${thrown}` }),
    );
  }

  #beat(): void {
    const attachment = this.#attachment;
    if (attachment === undefined) return;
    // The load is that of the last step: calls that came since wait, those that ended do not.
    const runningCalls = Math.min(this.#load.runningCalls, this.#inFlight.size);
    const calls = { runningCalls, queuedCalls: this.#inFlight.size - runningCalls };
    const loopDelayMs = this.#options.takeLoopDelayMs();
    const totals = { prefetchedTokens: this.#prefetchedTokens, steps: this.#steps };
    this.#outbox.addHeartbeat({ ...this.#load, ...calls, loopDelayMs, ...totals });
    this.#flush();
    const { heartbeatIntervalMs } = attachment.port;
    attachment.heartbeat = this.#options.clock.setTimer(heartbeatIntervalMs, () => this.#beat());
  }

  #onWritable(): void {
    if (this.#attachment !== undefined) this.#attachment.blocked = false;
    this.#flush();
  }

  /** The earliest wish wins. */
  #flushIn(delayMs: number): void {
    if (this.#attachment === undefined) return;
    const { clock } = this.#options;
    const atMs = clock.now() + delayMs;
    if (this.#flushTimer !== undefined) {
      if (this.#flushTimer.atMs <= atMs) return;
      this.#flushTimer.handle.cancel();
    }
    const handle = clock.setTimer(delayMs, () => {
      this.#flushTimer = undefined;
      this.#flush();
    });
    this.#flushTimer = { atMs, handle };
  }

  #flush(): void {
    const attachment = this.#attachment;
    if (attachment === undefined || attachment.closing) return;
    while (!attachment.blocked) {
      const message = this.#outbox.take();
      if (message === undefined) break;
      attachment.blocked = !attachment.port.send(message);
    }
    const { over } = this;
    if (over === undefined || attachment.blocked || this.#inFlight.size > 0) return;
    attachment.closing = true;
    void attachment.port.close().then(() => this.#end(over));
  }

  #end(end: AttachmentEnd): void {
    const attachment = this.#attachment;
    if (attachment === undefined) return;
    this.#attachment = undefined;
    this.#tellState();
    attachment.heartbeat?.cancel();
    // What it stayed for is gone with whoever asked it to.
    this.#patience?.cancel();
    this.#mayStay = false;
    this.#flushTimer?.handle.cancel();
    this.#flushTimer = undefined;
    this.#outbox.clear();
    for (const id of this.#inFlight) this.#engine.cancel(id);
    attachment.resolve(end);
  }
}
