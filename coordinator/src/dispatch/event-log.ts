import { HeliumError } from '@helium/shared';
import { eventBytes } from './event-bytes.ts';
import type { RunEvent, RunEventBody } from './run-port.ts';

/** Token deltas kept of one run, UTF-16 units and events. */
const DELTA_CHARACTERS_MAX = 262_144;
const DELTAS_MAX = 8192;

/**
 * The events of one run by cursor, from 1 without gaps. All are kept but token deltas, of which the last
 * few are; a reader that comes too late for some is told how many it missed. Readers pull: the log holds
 * the same however many there are and however slow they are.
 */
export class EventLog {
  readonly #durable: RunEvent[] = [];
  #deltas: RunEvent[] = [];
  #deltaCharacters = 0;
  #durableBytes = 0;
  #cursor = 0;
  #ended = false;
  #readers = 0;
  #waiting: (() => void)[] = [];

  /** About how much memory its events take but deltas, which an ended run has none of: bytes. */
  get bytes(): number {
    return this.#durableBytes;
  }

  /** Behind all others. */
  append(atMs: number, body: RunEventBody): void {
    this.put({ cursor: this.#cursor + 1, atMs, ...body });
  }

  /** An event whose cursor was chosen: behind all others, perhaps with deltas that are gone before it. */
  put(event: RunEvent): void {
    this.#cursor = event.cursor;
    if (event.kind === 'delta') this.#keepDelta(event);
    else {
      this.#durable.push(event);
      this.#durableBytes += eventBytes(event);
    }
    if (event.kind === 'finished') {
      this.#ended = true;
      this.#forgetDeltas();
    }
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  /** Cursors up to this one were given out, perhaps: to deltas that are gone. */
  resumeAfter(cursor: number): void {
    this.#cursor = Math.max(this.#cursor, cursor);
  }

  /**
   * Events after the cursor until the terminal one, or until the signal. Throws CURSOR_UNKNOWN for one
   * that was not given out.
   */
  async *read(cursor: number, signal: AbortSignal): AsyncGenerator<RunEvent, void, undefined> {
    if (cursor > this.#cursor) {
      const text = `cursor ${cursor} is after the run's last event, ${this.#cursor}`;
      throw new HeliumError('CURSOR_UNKNOWN', text);
    }
    this.#readers += 1;
    try {
      for (let last = cursor; !signal.aborted; ) {
        const event = this.#after(last);
        if (event !== undefined) {
          const skipped = event.cursor - last - 1;
          if (skipped > 0) yield skippedEvent(event, skipped);
          last = event.cursor;
          yield event;
        } else if (this.#ended) return;
        else await this.#next(signal);
      }
    } finally {
      this.#readers -= 1;
      if (this.#ended) this.#forgetDeltas();
    }
  }

  #keepDelta(event: RunEvent & { kind: 'delta' }): void {
    this.#deltas.push(event);
    this.#deltaCharacters += event.text.length;
    const isOver = this.#deltaCharacters > DELTA_CHARACTERS_MAX || this.#deltas.length > DELTAS_MAX;
    if (!isOver) return;
    const gone = this.#deltas.splice(0, this.#deltas.length >> 1 || 1);
    for (const delta of gone) this.#deltaCharacters -= textLength(delta);
  }

  /** Nobody reads an ended run's deltas from the start: its results are complete without them. */
  #forgetDeltas(): void {
    if (this.#readers > 0) return;
    this.#deltas = [];
    this.#deltaCharacters = 0;
  }

  #after(cursor: number): RunEvent | undefined {
    const durable = firstAfter(this.#durable, cursor);
    const delta = firstAfter(this.#deltas, cursor);
    if (durable === undefined || delta === undefined) return durable ?? delta;
    return durable.cursor < delta.cursor ? durable : delta;
  }

  #next(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        signal.removeEventListener('abort', wake);
        this.#waiting = this.#waiting.filter((other) => other !== wake);
        resolve();
      };
      signal.addEventListener('abort', wake, { once: true });
      this.#waiting.push(wake);
    });
  }
}

function textLength(event: RunEvent): number {
  return event.kind === 'delta' ? event.text.length : 0;
}

/** Stands in the place of the last delta that is gone, so that a resume after it misses nothing. */
function skippedEvent(next: RunEvent, count: number): RunEvent {
  return { cursor: next.cursor - 1, atMs: next.atMs, kind: 'deltasSkipped', count };
}

/** By bisection: cursors ascend. */
function firstAfter(events: readonly RunEvent[], cursor: number): RunEvent | undefined {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((events[middle] as RunEvent).cursor <= cursor) low = middle + 1;
    else high = middle;
  }
  return events[low];
}
