import { type Clock, ERROR_CODES, HeliumError } from '@helium/shared';
import type { Engine, EngineEvent } from './engine.ts';
import type { EngineIdentity } from './engine-config.ts';
import type { StartedEngine } from './engine-thread.ts';

/** Engines that may die in a row without one call answered in between, before the worker gives up. */
const FRUITLESS_DEATHS_MAX = 6;

/** Before the second of these is followed by another engine; doubles with each. */
const RESTART_PAUSE_MS = 250;

/** Who uses engines of which one follows the other. */
export interface LivesUser {
  /** What the present engine said in a turn, or the last one before it died: never `failed`, nor what failing ended. */
  said(events: readonly EngineEvent[]): void;
  /** There is no engine now; another follows, unless it is given up or closed. */
  died(message: string): void;
  /** Another engine is there; it knows nothing yet. */
  started(engine: Engine): void;
  /** No other engine follows. */
  gaveUp(failure: HeliumError): void;
  /** Calls that wait for an engine, for the notice. */
  waitingCalls(): number;
}

export interface LivesParts {
  readonly start: (listener: (event: EngineEvent) => void) => Promise<StartedEngine>;
  readonly user: LivesUser;
  readonly notice: (message: string) => void;
  readonly clock: Clock;
}

/**
 * Engines of which one follows the other: one that dies is closed and started again, with growing pauses where nothing
 * was answered in between. Given up when six die so in a row, or one says that the next could not either, cannot be
 * started, or would serve another model.
 */
export class EngineLives {
  readonly #parts: LivesParts;
  #present: Engine | undefined;
  /** The one that no other follows: still to be closed. */
  #last: Engine | undefined;
  #identity: EngineIdentity | undefined;
  /** Events of the present engine that wait for the end of its turn, which may say that it failed. */
  #held: EngineEvent[] = [];
  #fruitlessDeaths = 0;
  #generation = 0;
  #isClosed = false;

  constructor(parts: LivesParts) {
    this.#parts = parts;
  }

  /** The engine that lives; none before the first, between two and after the last. */
  get present(): Engine | undefined {
    return this.#present;
  }

  /** Starts the first engine, and throws where that fails. The user does not hear `started` of it. */
  async open(): Promise<StartedEngine> {
    const started = await this.#start(++this.#generation);
    this.#present = started.engine;
    this.#identity = started.identity;
    return started;
  }

  /** The present engine got something done: the deaths before it count no more. */
  proveFruitful(): void {
    this.#fruitlessDeaths = 0;
  }

  /** No other engine follows the one that is closed. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await (this.#present ?? this.#last)?.close();
    this.#release();
  }

  #start(generation: number): Promise<StartedEngine> {
    return this.#parts.start((event) => this.#hold(generation, event));
  }

  /** A failed engine ends its calls first, in the same turn: results wait for the end of the turn. */
  #hold(generation: number, event: EngineEvent): void {
    if (generation !== this.#generation) return;
    if (event.kind === 'failed') {
      // One that dies while it starts is told by the start itself.
      if (this.#present !== undefined) this.#died(this.#present, event);
      return;
    }
    if (this.#held.length === 0) queueMicrotask(() => this.#release());
    this.#held.push(event);
  }

  #release(): void {
    this.#parts.user.said(this.#held.splice(0));
  }

  /** Results that came with the failure are of calls that are run again. */
  #died(engine: Engine, { message, isFinal = false }: EngineFailure): void {
    const survived = this.#held.splice(0).filter((event) => !isCasualty(event));
    this.#present = undefined;
    this.#generation++;
    this.#parts.user.said(survived);
    this.#parts.user.died(message);
    if (this.#isClosed) return;
    this.#fruitlessDeaths++;
    if (isFinal || this.#fruitlessDeaths >= FRUITLESS_DEATHS_MAX) {
      this.#last = engine;
      const times = isFinal ? '' : ` (${FRUITLESS_DEATHS_MAX} times)`;
      this.#parts.user.gaveUp(new HeliumError('ENGINE_FAILED', `${message}${times}`));
      return;
    }
    void this.#restart(engine, message);
  }

  /** The old one goes first: its memory may be what was missing. One that does not start has died, too. */
  async #restart(old: Engine | undefined, cause: string, startFailure = ''): Promise<void> {
    const { user, notice } = this.#parts;
    const generation = ++this.#generation;
    const pauseMs = pauseAfter(this.#fruitlessDeaths);
    const when = pauseMs === 0 ? '' : ` in ${pauseMs} ms`;
    const calls = `for ${user.waitingCalls()} calls`;
    notice(`${startFailure || cause}; it is started again${when} ${calls}`);
    try {
      await old?.close();
      if (pauseMs > 0) await this.#pause(pauseMs);
      if (this.#isOver(generation)) return;
      const { engine, identity } = await this.#start(generation);
      if (this.#isOver(generation)) {
        await engine.close();
        return;
      }
      this.#last = engine;
      this.#checkModel(identity);
      this.#present = engine;
      user.started(engine);
    } catch (thrown) {
      if (!this.#isOver(generation)) this.#startFailed(HeliumError.from(thrown), cause);
    }
  }

  #startFailed({ code, message }: HeliumError, cause: string): void {
    this.#fruitlessDeaths++;
    const text = `it cannot be started again: ${message}`;
    if (ERROR_CODES[code].retryable && this.#fruitlessDeaths < FRUITLESS_DEATHS_MAX) {
      void this.#restart(undefined, cause, text);
    } else this.#parts.user.gaveUp(new HeliumError(code, `${cause}; ${text}`));
  }

  #isOver(generation: number): boolean {
    return this.#isClosed || generation !== this.#generation;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#parts.clock.setTimer(ms, resolve));
  }

  #checkModel({ modelDigest }: EngineIdentity): void {
    const served = this.#identity?.modelDigest;
    if (modelDigest === served) return;
    const message = `the model's files have changed: digest ${modelDigest}, served is ${served}`;
    throw new HeliumError('MODEL_MISMATCH', message);
  }
}

type EngineFailure = Extract<EngineEvent, { kind: 'failed' }>;

function pauseAfter(fruitlessDeaths: number): number {
  return fruitlessDeaths < 2 ? 0 : RESTART_PAUSE_MS * 2 ** (fruitlessDeaths - 2);
}

/** Ended by the engine's failure, not by its own. */
function isCasualty(event: EngineEvent): boolean {
  return event.kind === 'finished' && event.result.error?.code === 'ENGINE_FAILED';
}
