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

/** What a live run has room for, and the calls that its plan has had. */
interface RoomOfRun {
  calls: number;
  planned: number;
}

/**
 * Memory for live runs, counted in calls (LLM operators as written × rows; where plans grow beyond that, calls of
 * the plan). A coordinator without memory would lose every run it has, so what does not fit is refused when it
 * comes, and what grows to that fails.
 */
export class RunRoom {
  readonly #callsMax: number;
  readonly #runs = new Map<RunId, RoomOfRun>();
  #taken = 0;

  constructor(callsMax: number) {
    this.#callsMax = callsMax;
  }

  /** Throws ROWS_INVALID where so many calls never fit, QUEUE_FULL where they do not fit beside what is live. */
  check(calls: number): void {
    this.#check(calls, 0, `the run has ${calls} calls (LLM operators × rows)`);
  }

  take(run: RunId, calls: number): void {
    this.#runs.set(run, { calls, planned: 0 });
    this.#taken += calls;
  }

  /** The run's plan has so many calls, or so many more. Throws as `check` does where it has no room for them. */
  grow(run: RunId, calls: number): void {
    const own = this.#runs.get(run);
    if (own === undefined) return;
    const planned = own.planned + calls;
    const more = Math.max(0, planned - own.calls);
    this.#check(more, own.calls, `the run's plan grew to ${planned} calls`);
    own.planned = planned;
    own.calls += more;
    this.#taken += more;
  }

  /** The run is live no more; one that is not known has given its room back already. */
  giveBack(run: RunId): void {
    this.#taken -= this.#runs.get(run)?.calls ?? 0;
    this.#runs.delete(run);
  }

  #check(more: number, own: number, asked: string): void {
    if (more <= this.#callsMax - this.#taken) return;
    const [calls, limit] = [own + more, this.#callsMax];
    if (calls > limit) {
      const message = `${asked}, this coordinator has memory for ${limit}; send the rows in several runs`;
      throw new HeliumError('ROWS_INVALID', message, { details: { calls, limit } });
    }
    const live = this.#taken - own;
    const message = `${asked}, this coordinator has memory for ${limit}, ${live} are live`;
    throw new HeliumError('QUEUE_FULL', message, { details: { calls, limit, live } });
  }
}
