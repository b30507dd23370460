/** A schedule is improved in so many turns, each twice as long as the one before. */
const TURNS = 3;
/** Share of a core that improving takes over long times. */
const CORE_SHARE = 0.25;

/**
 * How long schedules are improved beside the calls that run: `budgetMs` for each that is made, in turns
 * after each of which what was found is put into force, so that early calls gain too and late ones are
 * planned from where things stand. Where schedules are made often, a quarter of a core in the long run.
 */
export class ImprovementTime {
  readonly #budgetMs: number;
  #leftMs: number;
  #at = 0;
  #turn = TURNS;

  /** 0: never. */
  constructor(budgetMs: number) {
    this.#budgetMs = budgetMs;
    this.#leftMs = budgetMs;
  }

  /** There is another schedule than before. */
  begin(): void {
    this.#turn = 0;
  }

  /** The length of the next turn if it may begin now; undefined otherwise. `at`: steady time, ms. */
  take(at: number): number | undefined {
    if (this.#budgetMs === 0 || this.#turn >= TURNS) return undefined;
    this.#leftMs = Math.min(this.#budgetMs, this.#leftMs + CORE_SHARE * (at - this.#at));
    this.#at = at;
    const turnMs = (this.#budgetMs * 2 ** this.#turn) / (2 ** TURNS - 1);
    // What is left of a whole budget may be short of its last turn by what was rounded.
    if (this.#leftMs < turnMs * (1 - 1e-9)) return undefined;
    this.#leftMs -= turnMs;
    this.#turn += 1;
    return turnMs;
  }
}
