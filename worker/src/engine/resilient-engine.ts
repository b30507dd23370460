import { randomBytes } from 'node:crypto';
import {
  type Call,
  type CallId,
  type CallResult,
  type Clock,
  ERROR_CODES,
  HeliumError,
  invariant,
  type PrefixDirective,
  type ResidencySnapshot,
  systemClock,
} from '@helium/shared';
import { cancelledResult, errorResult } from '../batching/error-result.ts';
import { CallQuarantine } from './call-quarantine.ts';
import type { Engine, EngineDescription, EngineEvent } from './engine.ts';
import type { EngineConfig, EngineIdentity } from './engine-config.ts';
import { type EngineThreadOptions, type StartedEngine, startEngine } from './engine-thread.ts';
import { PROBE } from './probe-call.ts';
import { StandingPrefixes } from './standing-prefixes.ts';
import { TrackedCall } from './tracked-call.ts';

/** Engines that may die in a row without one call answered in between, before the worker gives up. */
const FRUITLESS_DEATHS_MAX = 6;

/** Before the second of these is followed by another engine; doubles with each. */
const RESTART_PAUSE_MS = 250;

/** A call that was there at so many deaths is run alone next, so that it is known whose fault it is. */
const SUSPECT_DEATHS = 2;

/**
 * As `startEngine`, but an engine that dies is started again, and the calls it had go on after the tokens they
 * had, with the seeds they had: texts and deltas go on byte for byte. Calls that were there at two deaths
 * run one at a time; one that is alone at another ends with ENGINE_FAILED, and so do its equals that come in the
 * next ten minutes; the others go on. Then the engine is probed: where it answers, the call was at fault and nothing
 * counts against the engine. What was resident is told as `cleared`; pinned prefixes are computed again. `failed`
 * comes when engines die fruitlessly (with growing pauses), or finally, or cannot be started again, or would serve
 * another model.
 */
export async function startResilientEngine(
  config: EngineConfig,
  options: ResilientOptions = {},
): Promise<StartedEngine> {
  const engine = new ResilientEngine(
    options.notice ?? (() => {}),
    (listener) => startEngine(config, listener, options),
    options.clock ?? systemClock,
  );
  return { engine, identity: await engine.open() };
}

export interface ResilientOptions extends EngineThreadOptions {
  readonly clock?: Clock;
}

class ResilientEngine implements Engine {
  readonly #notice: (message: string) => void;
  readonly #start: (listener: (event: EngineEvent) => void) => Promise<StartedEngine>;
  readonly #clock: Clock;
  readonly #quarantine: CallQuarantine;
  readonly #calls = new Map<CallId, TrackedCall>();
  readonly #prefixes = new StandingPrefixes();
  #inner: Engine | undefined;
  /** The one that no other follows: still to be closed. */
  #last: Engine | undefined;
  #identity: EngineIdentity | undefined;
  #description: EngineDescription | undefined;
  #listener: ((event: EngineEvent) => void) | undefined;
  /** Events of the present engine that wait for the end of its turn, which may say that it failed. */
  #held: EngineEvent[] = [];
  /** Residency events passed on, and of these the ones before the present engine's first. */
  #residencyEvents = 0;
  #residencyBase = 0;
  #fruitlessDeaths = 0;
  /** A call was found at fault: whether that is so, the next engine tells. */
  #mustProbe = false;
  #phase: 'open' | 'draining' | 'closed' = 'open';
  #failure: HeliumError | undefined;
  #whenIdle: (() => void)[] = [];
  #generation = 0;

  constructor(
    notice: (message: string) => void,
    start: (listener: (event: EngineEvent) => void) => Promise<StartedEngine>,
    clock: Clock,
  ) {
    this.#notice = notice;
    this.#start = start;
    this.#clock = clock;
    this.#quarantine = new CallQuarantine(() => clock.now());
  }

  /** Starts the first engine. */
  async open(): Promise<EngineIdentity> {
    const generation = ++this.#generation;
    const { engine, identity } = await this.#start((event) => this.#hold(generation, event));
    this.#inner = engine;
    this.#identity = identity;
    this.#description = engine.description;
    return identity;
  }

  get description(): EngineDescription {
    invariant(this.#description !== undefined, 'the engine is not ready yet');
    return this.#description;
  }

  onEvent(listener: (event: EngineEvent) => void): void {
    if (this.#listener !== undefined) {
      throw new HeliumError('INVARIANT_BROKEN', 'the engine has a listener already');
    }
    this.#listener = listener;
    const message = this.#failure?.message;
    if (message !== undefined) queueMicrotask(() => this.#tell({ kind: 'failed', message }));
  }

  submit(call: Call): void {
    invariant(this.#listener !== undefined, 'a call was submitted before a listener was set');
    const refusal = this.#failure ?? this.#refusal ?? this.#quarantine.refusalOf(call);
    if (refusal !== undefined) {
      queueMicrotask(() => this.#tell({ kind: 'finished', result: errorResult(call, refusal) }));
    } else if (!this.#calls.has(call.id)) {
      const deaths = this.#quarantine.isSuspect(call) ? SUSPECT_DEATHS : 0;
      this.#calls.set(call.id, new TrackedCall(call, withSeed(call), deaths));
      this.#pump();
    }
  }

  cancel(id: CallId, unlessBegun = false): void {
    const tracked = this.#calls.get(id);
    if (tracked === undefined) return;
    if (tracked.isSubmitted) {
      tracked.isCancelled ||= !unlessBegun;
      this.#inner?.cancel(id, unlessBegun);
    } else if (!unlessBegun || !tracked.wasSubmitted) {
      tracked.isCancelled = true;
      queueMicrotask(() => this.#end(cancelledResult(tracked.call)));
    }
  }

  direct(directive: PrefixDirective): void {
    this.#prefixes.direct(directive);
    this.#inner?.direct(directive);
    // Nothing is computed ahead while there is no engine; what is pinned comes with the next.
    if (this.#inner === undefined && directive.kind === 'prefetch') this.#tellPrefetched();
  }

  async snapshot(): Promise<ResidencySnapshot> {
    const inner = this.#inner;
    const base = this.#residencyBase;
    if (inner !== undefined) {
      try {
        const snapshot = await inner.snapshot();
        return { ...snapshot, sequence: base + snapshot.sequence };
      } catch {
        // The engine died over the question: nothing is resident, unless it is given up.
      }
    }
    if (this.#failure !== undefined) throw this.#failure;
    return { sequence: this.#residencyEvents, blocks: [] };
  }

  async drain(): Promise<void> {
    if (this.#phase === 'open') this.#phase = 'draining';
    if (this.#calls.size === 0) return;
    await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  async close(): Promise<void> {
    this.#phase = 'closed';
    await (this.#inner ?? this.#last)?.close();
    this.#release();
    for (const { call } of [...this.#calls.values()]) this.#end(cancelledResult(call));
  }

  get #refusal(): HeliumError | undefined {
    if (this.#phase === 'open') return undefined;
    const state = this.#phase === 'draining' ? 'drains and takes no new calls' : 'is closed';
    return new HeliumError('QUEUE_FULL', `the engine ${state}`);
  }

  /** A failed engine ends its calls first, in the same turn: results wait for the end of the turn. */
  #hold(generation: number, event: EngineEvent): void {
    if (generation !== this.#generation) return;
    if (event.kind === 'failed') {
      // One that dies while it starts is told by the start itself.
      if (this.#inner !== undefined) this.#died(this.#inner, event);
      return;
    }
    if (this.#held.length === 0) queueMicrotask(() => this.#release());
    this.#held.push(event);
  }

  #release(): void {
    for (const event of this.#held.splice(0)) this.#pass(event);
    this.#pump();
  }

  #pass(event: EngineEvent): void {
    switch (event.kind) {
      case 'delta': {
        const delta = this.#calls.get(event.delta.id)?.take(event.delta);
        if (delta !== undefined) this.#tell({ kind: 'delta', delta });
        break;
      }
      case 'finished':
        if (event.result.id === PROBE.id) this.#probed();
        else this.#finished(event.result);
        break;
      case 'stepped':
        for (const [id, tokens] of event.tokens) this.#calls.get(id)?.count(tokens);
        this.#tell(event);
        break;
      case 'residency':
        this.#residencyEvents++;
        this.#tell(event);
        break;
      case 'prefetched':
        this.#prefixes.prefetched();
        this.#tell(event);
        break;
      default:
        this.#tell(event);
    }
  }

  #finished(result: CallResult): void {
    if (result.finish !== 'error') {
      this.#fruitlessDeaths = 0;
      const tracked = this.#calls.get(result.id);
      if (tracked !== undefined) this.#quarantine.clear(tracked.asked);
    }
    this.#end(result);
  }

  /** Whatever it answered: it lives. */
  #probed(): void {
    this.#mustProbe = false;
    this.#fruitlessDeaths = 0;
    this.#pump();
  }

  /** Results that came with the failure are of calls that are run again. */
  #died(inner: Engine, { message, isFinal = false }: EngineFailure): void {
    const survived = this.#held.filter((event) => !isCasualty(event));
    this.#held = [];
    for (const event of survived) this.#pass(event);
    this.#inner = undefined;
    this.#generation++;
    this.#residencyEvents++;
    this.#residencyBase = this.#residencyEvents;
    this.#tell({ kind: 'residency', event: { kind: 'cleared' } });
    while (this.#prefixes.prefetches > 0) this.#tellPrefetched();
    if (this.#phase === 'closed') return;
    this.#fruitlessDeaths++;
    this.#lose(message);
    if (isFinal || this.#fruitlessDeaths >= FRUITLESS_DEATHS_MAX) {
      this.#last = inner;
      const times = isFinal ? '' : ` (${FRUITLESS_DEATHS_MAX} times)`;
      this.#giveUp(new HeliumError('ENGINE_FAILED', `${message}${times}`));
      return;
    }
    void this.#restart(inner, message);
  }

  /** Every call an engine had goes back; the one that had it for itself is at fault. */
  #lose(message: string): void {
    const lost = [...this.#calls.values()].filter((tracked) => tracked.isSubmitted);
    for (const tracked of lost) {
      tracked.lose();
      if (tracked.isCancelled) this.#end(cancelledResult(tracked.call));
      else if (tracked.deaths > SUSPECT_DEATHS) this.#blame(tracked, message);
    }
  }

  #blame({ call, asked, deaths }: TrackedCall, message: string): void {
    const text = `${message}; it died ${deaths} times with this call, the last time with no other`;
    this.#quarantine.blame(asked, text);
    this.#mustProbe = true;
    this.#notice(
      `call "${call.id}" is at fault: ${text}; it and its equals are refused for a while`,
    );
    this.#end(errorResult(call, new HeliumError('ENGINE_FAILED', text)));
  }

  /** The old one goes first: its memory may be what was missing. One that does not start has died, too. */
  async #restart(old: Engine | undefined, cause: string, startFailure = ''): Promise<void> {
    const generation = ++this.#generation;
    const pauseMs = pauseAfter(this.#fruitlessDeaths);
    const when = pauseMs === 0 ? '' : ` in ${pauseMs} ms`;
    const calls = `for ${this.#calls.size} calls`;
    this.#notice(`${startFailure || cause}; it is started again${when} ${calls}`);
    try {
      await old?.close();
      if (pauseMs > 0) await this.#pause(pauseMs);
      if (this.#isOver(generation)) return;
      const { engine, identity } = await this.#start((event) => this.#hold(generation, event));
      if (this.#isOver(generation)) {
        await engine.close();
        return;
      }
      this.#last = engine;
      this.#checkModel(identity);
      this.#inner = engine;
      for (const directive of this.#prefixes.replay()) engine.direct(directive);
      if (this.#mustProbe) engine.submit(PROBE);
      this.#pump();
    } catch (thrown) {
      if (!this.#isOver(generation)) this.#startFailed(HeliumError.from(thrown), cause);
    }
  }

  #startFailed({ code, message }: HeliumError, cause: string): void {
    this.#fruitlessDeaths++;
    const text = `it cannot be started again: ${message}`;
    if (ERROR_CODES[code].retryable && this.#fruitlessDeaths < FRUITLESS_DEATHS_MAX) {
      void this.#restart(undefined, cause, text);
    } else this.#giveUp(new HeliumError(code, `${cause}; ${text}`));
  }

  #isOver(generation: number): boolean {
    return this.#phase === 'closed' || generation !== this.#generation;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#clock.setTimer(ms, resolve));
  }

  #checkModel({ modelDigest }: EngineIdentity): void {
    const served = this.#identity?.modelDigest;
    if (modelDigest === served) return;
    const message = `the model's files have changed: digest ${modelDigest}, served is ${served}`;
    throw new HeliumError('MODEL_MISMATCH', message);
  }

  /** Gives the engine what it may have: everything, or one suspect at a time. */
  #pump(): void {
    const inner = this.#inner;
    if (inner === undefined || this.#mustProbe) return;
    const calls = [...this.#calls.values()];
    const suspect = calls.find(({ deaths }) => deaths >= SUSPECT_DEATHS);
    const isBusy = calls.some(({ isSubmitted }) => isSubmitted);
    if (suspect !== undefined && isBusy) return;
    for (const tracked of suspect === undefined ? calls : [suspect]) {
      if (tracked.isSubmitted || tracked.isCancelled) continue;
      tracked.submitted();
      inner.submit(tracked.call, tracked.produced);
    }
  }

  #giveUp(failure: HeliumError): void {
    this.#failure = failure;
    for (const { call } of [...this.#calls.values()]) this.#end(errorResult(call, failure));
    this.#tell({ kind: 'failed', message: failure.message });
  }

  #end(result: CallResult): void {
    if (!this.#calls.delete(result.id)) return;
    this.#tell({ kind: 'finished', result });
    if (this.#calls.size > 0) return;
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  #tellPrefetched(): void {
    this.#prefixes.prefetched();
    this.#tell({ kind: 'prefetched', residentTokens: 0, computedTokens: 0 });
  }

  #tell(event: EngineEvent): void {
    this.#listener?.(event);
  }
}

type EngineFailure = Extract<EngineEvent, { kind: 'failed' }>;

function pauseAfter(fruitlessDeaths: number): number {
  return fruitlessDeaths < 2 ? 0 : RESTART_PAUSE_MS * 2 ** (fruitlessDeaths - 2);
}

/** A call drawn by chance must draw on as it would have. */
function withSeed(call: Call): Call {
  const { temperature, seed } = call.sampling;
  if (temperature === 0 || seed !== undefined) return call;
  return { ...call, sampling: { ...call.sampling, seed: randomBytes(8).readBigUInt64LE() } };
}

/** Ended by the engine's failure, not by its own. */
function isCasualty(event: EngineEvent): boolean {
  return event.kind === 'finished' && event.result.error?.code === 'ENGINE_FAILED';
}
