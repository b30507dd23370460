import { getHeapStatistics } from 'node:v8';
import { HeliumError, type RunId } from '@helium/shared';

/** Heap that a call of some hundred prompt tokens takes while its run is live, with room for the collector: bytes. */
const CALL_BYTES = 8192;
/** Code, tokenizers, ended runs' events: bytes. In a small heap live runs have a fourth of it all the same. */
const OTHER_BYTES = 256 << 20;

/** Calls of live runs that this process has memory for; Node's `--max-old-space-size` sets the heap. */
export function callsThatFit(heapBytes = getHeapStatistics().heap_size_limit): number {
  const liveBytes = Math.max(heapBytes / 4, (heapBytes - OTHER_BYTES) * 0.9);
  return Math.floor(liveBytes / CALL_BYTES);
}

/**
 * UTF-16 units of texts put together by live runs that this process has memory for: they take a fourth of the heap,
 * or half of it where texts are not Latin.
 */
export function charactersThatFit(heapBytes = getHeapStatistics().heap_size_limit): number {
  return Math.floor(heapBytes / 4);
}

/**
 * Memory for live runs, counted in calls (LLM operators as written × rows). A coordinator without memory would lose
 * every run it has, so what does not fit is refused when it comes.
 */
export class RunRoom {
  readonly #callsMax: number;
  readonly #calls = new Map<RunId, number>();
  #taken = 0;

  constructor(callsMax: number) {
    this.#callsMax = callsMax;
  }

  /** Throws ROWS_INVALID where so many calls never fit, QUEUE_FULL where they do not fit beside what is live. */
  check(calls: number): void {
    const left = this.#callsMax - this.#taken;
    if (calls <= left) return;
    const asked = `the run has ${calls} calls (LLM operators × rows)`;
    if (calls > this.#callsMax) {
      const limit = `this coordinator has memory for ${this.#callsMax}; send the rows in several runs`;
      throw new HeliumError('ROWS_INVALID', `${asked}, ${limit}`, {
        details: { calls, limit: this.#callsMax },
      });
    }
    const limit = `this coordinator has memory for ${this.#callsMax}, ${this.#taken} are live`;
    throw new HeliumError('QUEUE_FULL', `${asked}, ${limit}`, {
      details: { calls, limit: this.#callsMax, live: this.#taken },
    });
  }

  take(run: RunId, calls: number): void {
    this.#calls.set(run, calls);
    this.#taken += calls;
  }

  /** The run is live no more; one that is not known has given its room back already. */
  giveBack(run: RunId): void {
    this.#taken -= this.#calls.get(run) ?? 0;
    this.#calls.delete(run);
  }
}
