import type { Place } from './core-event.ts';

/** Calls before anything is concluded. */
const CALLS_MIN = 16;
/** Standard deviations of the sum that are no chance any more. */
const DEVIATIONS = 4;
/** Share of the expected tokens below which a plan is as good as before. */
const SHARE_MIN = 0.1;

/**
 * Whether outputs are longer or shorter than the schedule in force was made with: their sum is off by
 * more than the spreads of the operators explain, and by enough to matter.
 */
export class LengthDrift {
  #calls = 0;
  #expected = 0;
  #actual = 0;
  #variance = 0;

  observe({ outputTokens, outputSpread }: Place, actual: number): void {
    this.#calls += 1;
    this.#expected += outputTokens;
    this.#actual += actual;
    this.#variance += outputSpread ** 2;
  }

  get isOff(): boolean {
    const off = Math.abs(this.#actual - this.#expected);
    return (
      this.#calls >= CALLS_MIN &&
      off > DEVIATIONS * Math.sqrt(this.#variance) &&
      off > SHARE_MIN * this.#expected
    );
  }

  /** A schedule was asked for: it knows what was seen. */
  reset(): void {
    this.#calls = 0;
    this.#expected = 0;
    this.#actual = 0;
    this.#variance = 0;
  }
}
