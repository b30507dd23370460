/** Runs planned beside each other: one that waits for the prompt cache, or is long, does not hold up the next. */
const AT_ONCE = 2;

/**
 * Turns of the event loop after a run was planned. In each one a connection is accepted and all others are heard:
 * so many clients that come at once wait for each other's plans no longer than for a few.
 */
const REST_TURNS = 4;

/**
 * Runs are planned in order of arrival, the first two at once: a plan takes the thread for some ms to some seconds, and
 * all that came in one turn would take it together.
 */
export class PlanningQueue {
  readonly #turn: () => Promise<void>;
  readonly #waiting: (() => Promise<void>)[] = [];
  /** Those that were added and are not done. */
  readonly #open = new Set<Promise<void>>();
  #underway = 0;

  constructor(turn: () => Promise<void>) {
    this.#turn = turn;
  }

  /** `plan` shall not reject. */
  add(plan: () => Promise<void>): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#open.add(promise);
    const told = async () => {
      await plan();
      this.#open.delete(promise);
      resolve();
    };
    if (this.#underway === AT_ONCE) this.#waiting.push(told);
    else void this.#carryOut(told);
  }

  /** Resolves when all that was added before is done. */
  async settled(): Promise<void> {
    await Promise.all(this.#open);
  }

  async #carryOut(first: () => Promise<void>): Promise<void> {
    this.#underway += 1;
    for (let plan: (() => Promise<void>) | undefined = first; plan !== undefined; ) {
      await plan();
      for (let turns = 0; turns < REST_TURNS; turns++) await this.#turn();
      plan = this.#waiting.shift();
    }
    this.#underway -= 1;
  }
}
