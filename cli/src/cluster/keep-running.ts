import { type Clock, HeliumError } from '@helium/shared';
import type { ProgramEnd, RunningProgram } from './child-process.ts';

/** A program that dies so soon after its start would hardly fare better the next time. */
const IMMEDIATE_MS = 30_000;

/** Such deaths in a row, until it is given up. */
const IMMEDIATE_DEATHS_MAX = 5;

/** Before it is started again; doubled with each immediate death. */
const PAUSE_MS = 250;

/** By which a program says that its settings, or what they name, cannot be used: another start changes nothing. */
const EXIT_UNUSABLE = 2;

export interface KeepOptions {
  /** Starts it as before; rejects with what kept it from becoming ready. */
  restart(signal: AbortSignal): Promise<RunningProgram>;
  /** Told of deaths and starts, for people. */
  readonly report: (step: string) => void;
  readonly clock: Clock;
}

/** A program that is started again when it dies. */
export interface KeptProgram {
  readonly name: string;
  /** Resolves when it has ended for good, with how: in order by itself, given up, or stopped. Never rejects. */
  readonly ended: Promise<string>;
  stop(graceMs: number): Promise<void>;
}

/**
 * Starts a program again, after a pause, whenever it dies: not where it ended in order (exit code 0) or says that it
 * cannot be used (2), and not after five deaths in a row less than 30 s after their starts.
 */
export function keepRunning(first: RunningProgram, options: KeepOptions): KeptProgram {
  return new Keeper(first, options);
}

class Keeper implements KeptProgram {
  readonly name: string;
  readonly ended: Promise<string>;
  readonly #options: KeepOptions;
  readonly #stopping = new AbortController();
  #current: RunningProgram | undefined;
  #startedAt: number;
  #graceMs = 0;

  constructor(first: RunningProgram, options: KeepOptions) {
    this.name = first.name;
    this.#options = options;
    this.#current = first;
    this.#startedAt = options.clock.now();
    this.ended = this.#live(first);
  }

  async stop(graceMs: number): Promise<void> {
    this.#graceMs = graceMs;
    this.#stopping.abort();
    await this.#current?.stop(graceMs);
    await this.ended;
  }

  async #live(first: RunningProgram): Promise<string> {
    const { clock, report } = this.#options;
    let end = await first.exited;
    let deaths = 0;
    while (!this.#stopping.signal.aborted) {
      if (end.code === 0) return `${this.name} ended by itself`;
      const isImmediate = clock.now() - this.#startedAt < IMMEDIATE_MS;
      deaths = isImmediate ? deaths + 1 : 1;
      if (end.code === EXIT_UNUSABLE) return `${this.name} cannot be used (${end.how})`;
      if (deaths >= IMMEDIATE_DEATHS_MAX) {
        const often = `${deaths} times in a row, each time less than ${IMMEDIATE_MS / 1000} s after its start`;
        return `${this.name} died ${often}, last by ${end.how}`;
      }
      const pauseMs = PAUSE_MS * 2 ** (deaths - 1);
      report(`${this.name} died (${end.how}); it is started again in ${pauseMs} ms`);
      end = await this.#runAgain(pauseMs);
    }
    return `${this.name} was stopped`;
  }

  /** Its next life, to its end. */
  async #runAgain(pauseMs: number): Promise<ProgramEnd> {
    const { clock, restart, report } = this.#options;
    const { signal } = this.#stopping;
    await new Promise<void>((resolve) => {
      clock.setTimer(pauseMs, resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    if (signal.aborted) return { code: null, how: 'it was stopped' };
    this.#startedAt = clock.now();
    try {
      const program = await restart(signal);
      this.#current = program;
      if (signal.aborted) await program.stop(this.#graceMs);
      else report(`${this.name} runs again: ${program.announced}`);
      return await program.exited;
    } catch (thrown) {
      const { code, message, retryable } = HeliumError.from(thrown);
      return { code: retryable ? null : EXIT_UNUSABLE, how: `${code}: ${message}` };
    }
  }
}
