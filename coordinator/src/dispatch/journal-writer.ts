import { type Clock, HeliumError, type RunId } from '@helium/shared';
import type { Logger } from '@helium/shared/telemetry';
import {
  type RunEntry,
  type RunHead,
  type RunJournal,
  type RunRequest,
  type StoredRequest,
  writeAccepted,
  writeEntry,
} from '../journal/index.ts';

export interface JournalWriterParts {
  readonly journal: RunJournal;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Resolves after a turn of the event loop. */
  readonly turn: () => Promise<void>;
  /** Requests that were forgotten earlier leave the journal, ms. */
  readonly requestAgeMsMax: number;
}

interface Pending {
  readonly run: RunId;
  readonly entry: RunEntry | undefined;
  readonly whenWritten: (() => void) | undefined;
}

interface Leaving {
  readonly runs: RunId[];
  readonly requests: StoredRequest[];
}

/** Whose entries there are none of. */
const NO_RUN = '' as RunId;

/** Between two attempts to write what could not be written, ms. */
const RETRY_MS = 1000;

/**
 * Writes to the journal in order, all that one turn of the event loop brought as one group. What is to be seen is shown
 * when it is written. While nothing can be written, all of it waits, and the log says so once.
 */
export class JournalWriter {
  readonly #parts: JournalWriterParts;
  #pending: Pending[] = [];
  #leaving: Leaving = { runs: [], requests: [] };
  #isWriting = false;
  #isFailing = false;
  #whenFailing = () => {};
  #isClosed = false;

  constructor(parts: JournalWriterParts) {
    this.#parts = parts;
  }

  /** Resolves when the run is kept. Rejects with STORE_UNAVAILABLE, and then it will never be known. */
  async accept(head: Omit<RunHead, 'format'>, request: RunRequest): Promise<void> {
    const { journal, logger } = this.#parts;
    try {
      await journal.accept(head.id, writeAccepted(head, request));
    } catch (thrown) {
      const error = HeliumError.from(thrown, 'STORE_UNAVAILABLE');
      logger.error('a run was refused: it cannot be journaled', { error });
      // A store that did not answer may have it all the same.
      this.forget(head.id);
      throw new HeliumError('STORE_UNAVAILABLE', `the run cannot be kept: ${error.message}`, {
        cause: thrown,
      });
    }
  }

  /** `whenWritten` is called once the entry, and all before it, are written; without an entry, in its place among them. */
  add(run: RunId, entry: RunEntry | undefined, whenWritten?: () => void): void {
    this.#pending.push({ run, entry, whenWritten });
    this.#start();
  }

  /** The run leaves; `request`: what is kept of it. */
  forget(run: RunId, request?: StoredRequest): void {
    this.#leaving.runs.push(run);
    if (request !== undefined) this.#leaving.requests.push(request);
    this.#start();
  }

  /** Resolves when all that was added by now is written. */
  async settled(): Promise<void> {
    if (!this.#isWriting || this.#isClosed) return;
    await new Promise<void>((resolve) => {
      this.#pending.push({ run: NO_RUN, entry: undefined, whenWritten: resolve });
    });
  }

  /** Waits for what can be written: nothing more once a write has failed. */
  async close(): Promise<void> {
    const failing = new Promise<void>((resolve) => {
      this.#whenFailing = resolve;
    });
    if (!this.#isFailing) await Promise.race([this.settled(), failing]);
    this.#isClosed = true;
    await this.#parts.journal.close();
  }

  /** As a death would: nothing more is written. For tests. */
  abandon(): void {
    this.#isClosed = true;
  }

  #start(): void {
    if (this.#isWriting || this.#isClosed) return;
    this.#isWriting = true;
    void this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    await this.#parts.turn();
    while (!this.#isClosed && (this.#pending.length > 0 || this.#leaving.runs.length > 0)) {
      const [pending, leaving] = [this.#pending, this.#leaving];
      this.#pending = [];
      this.#leaving = { runs: [], requests: [] };
      await this.#untilWritten(() => this.#write(pending));
      if (this.#isClosed) return;
      for (const { whenWritten } of pending) whenWritten?.();
      await this.#untilWritten(() => this.#writeLeaving(leaving));
    }
    this.#isWriting = false;
  }

  async #write(pending: readonly Pending[]): Promise<void> {
    const lines = new Map<RunId, string[]>();
    for (const { run, entry } of pending) {
      if (entry === undefined) continue;
      const known = lines.get(run);
      if (known === undefined) lines.set(run, [writeEntry(entry)]);
      else known.push(writeEntry(entry));
    }
    const ended = new Set(pending.flatMap(({ run, entry }) => (isEnd(entry) ? run : [])));
    const group = [...lines].map(([run, entries]) => ({ run, entries, isEnd: ended.has(run) }));
    if (group.length > 0) await this.#parts.journal.append(group);
  }

  async #writeLeaving({ runs, requests }: Leaving): Promise<void> {
    const { journal, clock, requestAgeMsMax } = this.#parts;
    if (runs.length === 0) return;
    await journal.forget(runs, requests, clock.wallTime() - requestAgeMsMax);
  }

  /** Tries until it succeeds, or until this is closed. */
  async #untilWritten(write: () => Promise<void>): Promise<void> {
    const { clock, logger } = this.#parts;
    while (!this.#isClosed) {
      try {
        await write();
        if (this.#isFailing) logger.info('the run journal is written again');
        this.#isFailing = false;
        return;
      } catch (error) {
        if (!this.#isFailing) {
          logger.error(
            'the run journal cannot be written: events of runs wait, and no run is accepted',
            { error },
          );
        }
        this.#isFailing = true;
        this.#whenFailing();
      }
      await new Promise<void>((resolve) => void clock.setTimer(RETRY_MS, resolve));
    }
  }
}

function isEnd(entry: RunEntry | undefined): boolean {
  return entry?.kind === 'event' && entry.event.kind === 'finished';
}
