import { randomBytes } from 'node:crypto';
import {
  type Call,
  type CallId,
  type CallResult,
  type Clock,
  HeliumError,
  invariant,
  type PrefixDirective,
  type ResidencySnapshot,
  systemClock,
} from '@helium/shared';
import { cancelledResult, errorResult } from '../batching/error-result.ts';
import type { Engine, EngineDescription, EngineEvent } from './engine.ts';
import type { EngineConfig, EngineIdentity } from './engine-config.ts';
import { EngineLives, type LivesParts, type LivesUser } from './engine-lives.ts';
import { type EngineThreadOptions, type StartedEngine, startEngine } from './engine-thread.ts';
import { PROBE } from './probe-call.ts';
import { StandingPrefixes } from './standing-prefixes.ts';
import { SuspectCalls } from './suspect-calls.ts';
import { TrackedCall } from './tracked-call.ts';

/**
 * As `startEngine`, but an engine that dies is started again (`EngineLives`), and the calls it had go on after the
 * tokens they had, with the seeds they had: texts and deltas go on byte for byte. A call that ends engines is found
 * and ends with ENGINE_FAILED (`SuspectCalls`); the others go on. What was resident is told as `cleared`; pinned
 * prefixes are computed again. `failed` comes when no other engine follows.
 */
export async function startResilientEngine(
  config: EngineConfig,
  options: ResilientOptions = {},
): Promise<StartedEngine> {
  const engine = new ResilientEngine({
    start: (listener) => startEngine(config, listener, options),
    notice: options.notice ?? (() => {}),
    clock: options.clock ?? systemClock,
  });
  return { engine, identity: await engine.open() };
}

export interface ResilientOptions extends EngineThreadOptions {
  readonly clock?: Clock;
}

/** One engine to its user: calls, prefixes and residency over the deaths of those that compute. */
class ResilientEngine implements Engine, LivesUser {
  readonly #lives: EngineLives;
  readonly #suspects: SuspectCalls;
  readonly #calls = new Map<CallId, TrackedCall>();
  readonly #prefixes = new StandingPrefixes();
  #description: EngineDescription | undefined;
  #listener: ((event: EngineEvent) => void) | undefined;
  /** Residency events passed on, and of these the ones before the present engine's first. */
  #residencyEvents = 0;
  #residencyBase = 0;
  #phase: 'open' | 'draining' | 'closed' = 'open';
  #failure: HeliumError | undefined;
  #whenIdle: (() => void)[] = [];

  constructor(parts: Omit<LivesParts, 'user'>) {
    this.#lives = new EngineLives({ ...parts, user: this });
    this.#suspects = new SuspectCalls(() => parts.clock.now(), parts.notice);
  }

  /** Starts the first engine. */
  async open(): Promise<EngineIdentity> {
    const { engine, identity } = await this.#lives.open();
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
    const refusal = this.#failure ?? this.#refusal ?? this.#suspects.refusalOf(call);
    if (refusal !== undefined) {
      queueMicrotask(() => this.#tell({ kind: 'finished', result: errorResult(call, refusal) }));
    } else if (!this.#calls.has(call.id)) {
      const deaths = this.#suspects.deathsBefore(call);
      this.#calls.set(call.id, new TrackedCall(call, withSeed(call), deaths));
      this.#pump();
    }
  }

  cancel(id: CallId, unlessBegun = false): void {
    const tracked = this.#calls.get(id);
    if (tracked === undefined) return;
    if (tracked.isSubmitted) {
      tracked.isCancelled ||= !unlessBegun;
      this.#lives.present?.cancel(id, unlessBegun);
    } else if (!unlessBegun || !tracked.wasSubmitted) {
      tracked.isCancelled = true;
      queueMicrotask(() => this.#end(cancelledResult(tracked.call)));
    }
  }

  direct(directive: PrefixDirective): void {
    this.#prefixes.direct(directive);
    this.#lives.present?.direct(directive);
    // Nothing is computed ahead while there is no engine; what is pinned comes with the next.
    if (this.#lives.present === undefined && directive.kind === 'prefetch') this.#tellPrefetched();
  }

  async snapshot(): Promise<ResidencySnapshot> {
    const inner = this.#lives.present;
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
    await this.#lives.close();
    for (const { call } of [...this.#calls.values()]) this.#end(cancelledResult(call));
  }

  get #refusal(): HeliumError | undefined {
    if (this.#phase === 'open') return undefined;
    const state = this.#phase === 'draining' ? 'drains and takes no new calls' : 'is closed';
    return new HeliumError('QUEUE_FULL', `the engine ${state}`);
  }

  said(events: readonly EngineEvent[]): void {
    for (const event of events) this.#pass(event);
    this.#pump();
  }

  /** Nothing is resident now, and every call that the engine had goes back. */
  died(message: string): void {
    this.#residencyEvents++;
    this.#residencyBase = this.#residencyEvents;
    this.#tell({ kind: 'residency', event: { kind: 'cleared' } });
    while (this.#prefixes.prefetches > 0) this.#tellPrefetched();
    if (this.#phase === 'closed') return;
    const lost = [...this.#calls.values()].filter((tracked) => tracked.isSubmitted);
    for (const tracked of lost) {
      tracked.lose();
      if (tracked.isCancelled) this.#end(cancelledResult(tracked.call));
      else {
        const fault = this.#suspects.judge(tracked, message);
        if (fault !== undefined) this.#end(errorResult(tracked.call, fault));
      }
    }
  }

  started(engine: Engine): void {
    for (const directive of this.#prefixes.replay()) engine.direct(directive);
    if (this.#suspects.mustProbe) engine.submit(PROBE);
    this.#pump();
  }

  gaveUp(failure: HeliumError): void {
    this.#failure = failure;
    for (const { call } of [...this.#calls.values()]) this.#end(errorResult(call, failure));
    this.#tell({ kind: 'failed', message: failure.message });
  }

  waitingCalls(): number {
    return this.#calls.size;
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
      this.#lives.proveFruitful();
      const tracked = this.#calls.get(result.id);
      if (tracked !== undefined) this.#suspects.clear(tracked);
    }
    this.#end(result);
  }

  /** Whatever it answered: it lives. */
  #probed(): void {
    this.#suspects.probed();
    this.#lives.proveFruitful();
    this.#pump();
  }

  /** Gives the engine what it may have. */
  #pump(): void {
    const inner = this.#lives.present;
    if (inner === undefined) return;
    for (const tracked of this.#suspects.admit([...this.#calls.values()])) {
      if (tracked.isSubmitted || tracked.isCancelled) continue;
      tracked.submitted();
      inner.submit(tracked.call, tracked.produced);
    }
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

/** A call drawn by chance must draw on as it would have. */
function withSeed(call: Call): Call {
  const { temperature, seed } = call.sampling;
  if (temperature === 0 || seed !== undefined) return call;
  return { ...call, sampling: { ...call.sampling, seed: randomBytes(8).readBigUInt64LE() } };
}
