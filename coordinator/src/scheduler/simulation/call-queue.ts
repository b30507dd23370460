import { KeyedHeap } from '@helium/shared';
import type { ScheduleExecution } from '../instance.ts';

/** What a worker may admit next. */
export interface CallQueue {
  /** The call to be admitted next; undefined while all that is left is blocked. Changes nothing. */
  peek(): number | undefined;
  /** Takes the call that `peek` shows. */
  take(): void;
}

/**
 * A worker's sequence as `PROBLEM.md` section 5 carries it out: skipping blocked calls or waiting
 * for them, with a barrier between groups or without.
 */
export class SequenceQueue implements CallQueue {
  readonly #calls: readonly number[];
  readonly #groups: readonly number[];
  readonly #execution: ScheduleExecution;
  readonly #unfinished: number[] = [];
  readonly #ready = new KeyedHeap();
  readonly #available: Uint8Array;
  /** Available calls behind the barrier. */
  #parked: number[] = [];
  #group = 0;
  #head = 0;

  constructor(calls: readonly number[], groups: readonly number[], execution: ScheduleExecution) {
    this.#calls = calls;
    this.#groups = groups;
    this.#execution = execution;
    this.#available = new Uint8Array(calls.length);
    for (const group of groups) this.#unfinished[group] = (this.#unfinished[group] ?? 0) + 1;
  }

  /** The call at `position` of the sequence is blocked no more. */
  offer(position: number): void {
    if (this.#execution.dispatch === 'ordered') this.#available[position] = 1;
    else if (this.#isBarred(position)) this.#parked.push(position);
    else this.#ready.push(position, position);
  }

  peek(): number | undefined {
    const position = this.#next();
    return position === undefined ? undefined : this.#calls[position];
  }

  take(): void {
    if (this.#execution.dispatch === 'ordered') this.#head++;
    else this.#ready.pop();
  }

  /** The call at `position` has finished: its group may be through. */
  finish(position: number): void {
    if (!this.#execution.barrier) return;
    this.#unfinished[this.#groups[position]!]!--;
    while (this.#unfinished[this.#group] === 0) {
      this.#group++;
      const parked = this.#parked;
      this.#parked = [];
      for (const waiting of parked) this.offer(waiting);
    }
  }

  #next(): number | undefined {
    if (this.#execution.dispatch === 'adjust') return this.#ready.peek();
    const isNext = this.#available[this.#head] === 1 && !this.#isBarred(this.#head);
    return isNext ? this.#head : undefined;
  }

  #isBarred(position: number): boolean {
    return this.#execution.barrier && this.#groups[position] !== this.#group;
  }
}
