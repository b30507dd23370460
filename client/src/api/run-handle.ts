import type { wire } from '@helium/proto';
import {
  HeliumError,
  type RunError,
  type RunEvent,
  type RunSummary,
  type TokenLogprob,
} from '@helium/shared';
import { type CallOptions, type Connection, pause } from './connection.ts';
import { fromServiceError } from './decode-error.ts';
import { decodeRunEvent } from './decode-run.ts';
import type { RunRecord } from './run-record.ts';

/** Results by row, then by output name. */
export interface RunResult<Output extends string = string> {
  readonly rows: readonly Readonly<Record<Output, string>>[];
  /** By row, then by output name: of outputs whose operators asked for them. */
  readonly logprobs: readonly Readonly<Partial<Record<Output, readonly TokenLogprob[]>>>[];
  readonly summary: RunSummary;
}

interface RunCalls {
  get(): Promise<RunRecord>;
  cancel(reason: string): Promise<RunRecord>;
}

/** Between two attempts to go on at most, ms. */
const PAUSE_MS_MAX = 1000;

/**
 * A run being followed: an async iterable of its events. The stream resumes from the last cursor when the
 * connection breaks, so each event comes once, also when the coordinator is away for minutes (`awayMs`). Pulls: a slow consumer holds the coordinator's stream back. The run
 * goes on when nobody follows it; `cancel` ends it.
 */
export class RunHandle<Output extends string = string> implements AsyncIterable<RunEvent> {
  /** By which `client.follow(id)` has the run again, from any process. */
  readonly id: string;
  readonly #connection: Connection;
  readonly #calls: RunCalls;

  constructor(id: string, connection: Connection, calls: RunCalls) {
    this.id = id;
    this.#connection = connection;
    this.#calls = calls;
  }

  /** The run as it stands. */
  get(): Promise<RunRecord> {
    return this.#calls.get();
  }

  /** Ends the run as cancelled, unless it has ended; `reason` is its error's message. */
  cancel(reason = 'cancelled by the client'): Promise<RunRecord> {
    return this.#calls.cancel(reason);
  }

  /** From the start; see `events` to resume. */
  [Symbol.asyncIterator](): AsyncIterator<RunEvent> {
    return this.events();
  }

  /** Events after `cursor`, to the terminal one; all by default. Throws the signal's reason when that is aborted. */
  async *events(cursor = 0, { signal }: CallOptions = {}): AsyncGenerator<RunEvent> {
    let last = cursor;
    let failures = 0;
    let since = 0;
    while (true) {
      signal?.throwIfAborted();
      let stop = () => {};
      try {
        const stream = this.#connection.runs.watchRun({
          name: `runs/${this.id}`,
          cursor: String(last),
        });
        stop = () => stream.cancel();
        signal?.addEventListener('abort', stop, { once: true });
        for await (const message of stream as AsyncIterable<wire.RunEvent__Output>) {
          failures = 0;
          last = Number(message.cursor);
          const event = decodeRunEvent(message);
          if (event === undefined) continue;
          yield event;
          if (event.kind === 'finished') return;
        }
        throw new HeliumError(
          'UNREACHABLE',
          `run ${this.id}: the event stream ended before the run did`,
        );
      } catch (error) {
        signal?.throwIfAborted();
        if (failures++ === 0) since = performance.now();
        const isAway = performance.now() - since >= this.#connection.awayMs;
        if (!this.#connection.mayRepeat(error) || isAway) throw this.#connection.failure(error);
      } finally {
        signal?.removeEventListener('abort', stop);
        stop();
      }
      await pause(Math.min(PAUSE_MS_MAX, 100 * 2 ** failures), signal);
    }
  }

  /**
   * Waits for the end. Throws a HeliumError with the run's code when it failed or was cancelled, and the signal's
   * reason when that is aborted.
   */
  async result(options: CallOptions = {}): Promise<RunResult<Output>> {
    const rows: Record<string, string>[] = [];
    const logprobs: Record<string, readonly TokenLogprob[]>[] = [];
    for await (const event of this.events(0, options)) {
      if (event.kind === 'output') {
        const { row, name } = event;
        rows[row] = { ...rows[row], [name]: event.text };
        logprobs[row] = {
          ...logprobs[row],
          ...(event.logprobs === undefined ? {} : { [name]: event.logprobs }),
        };
      } else if (event.kind === 'finished') {
        if (event.error !== undefined) throw runFailure(event.error);
        const { summary } = event;
        const result: RunResult = { rows, logprobs, summary };
        return result as RunResult<Output>;
      }
    }
    throw new HeliumError('UNREACHABLE', `run ${this.id}: no terminal event`);
  }
}

/** The error of a failed run, with the coordinator's code and faults. */
export function runFailure(error: RunError): HeliumError {
  return fromServiceError(undefined, error);
}
