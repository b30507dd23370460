import type { Clock, RunId } from '@helium/shared';

/** Longest that a run's end waits for its results to be stored. */
const WAIT_MS_MAX = 2000;

/**
 * Stores under way, by run: a run's terminal event comes after its results are in the prompt cache, so
 * that whoever runs it again finds them.
 */
export class PendingStores {
  readonly #clock: Clock;
  readonly #byRun = new Map<RunId, Set<Promise<void>>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(runs: readonly RunId[], store: Promise<void>): void {
    for (const run of runs) {
      const stores = this.#byRun.get(run) ?? new Set();
      this.#byRun.set(run, stores.add(store));
      const forget = () => {
        stores.delete(store);
        if (stores.size === 0 && this.#byRun.get(run) === stores) this.#byRun.delete(run);
      };
      store.then(forget, forget);
    }
  }

  /** Calls at once when nothing is under way for the run, else when it ended or waited too long. */
  whenStored(run: RunId, act: () => void): void {
    const stores = this.#byRun.get(run);
    if (stores === undefined) {
      act();
      return;
    }
    let done = false;
    const once = () => {
      if (done) return;
      done = true;
      timer.cancel();
      act();
    };
    const timer = this.#clock.setTimer(WAIT_MS_MAX, once);
    void Promise.allSettled(stores).then(once);
  }
}
