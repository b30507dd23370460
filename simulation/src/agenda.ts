import { KeyedHeap } from '@helium/shared';

/** What is to happen; a promise is waited for, with all that follows from it. */
export type Action = () => void | Promise<void>;

/**
 * Virtual time: what is to happen, in order of time, then of being asked for. O(log n) to add and
 * to take. Of what was cancelled a number stays until its time comes.
 */
export class Agenda {
  /** Numbers of actions, in the order in which they were asked for, by time. */
  readonly #times = new KeyedHeap();
  readonly #actions = new Map<number, Action>();
  #number = 0;
  #now = 0;

  /** Milliseconds. */
  get now(): number {
    return this.#now;
  }

  /** Actions that are not cancelled. */
  get size(): number {
    return this.#actions.size;
  }

  /** Runs `action` after so many milliseconds. Returns what cancels it. */
  after(delayMs: number, action: Action): () => void {
    const number = this.#number++;
    this.#actions.set(number, action);
    this.#times.push(this.#now + delayMs, number);
    return () => void this.#actions.delete(number);
  }

  /** Moves time to the next entry and gives what is to be done; undefined when nothing is left. */
  next(): Action | undefined {
    for (let at = this.#times.peekKey(); at !== undefined; at = this.#times.peekKey()) {
      const number = this.#times.pop()!;
      const action = this.#actions.get(number);
      if (action === undefined) continue;
      this.#actions.delete(number);
      this.#now = at;
      return action;
    }
    return undefined;
  }
}
