/**
 * Prefill tokens of one step: whole chunks within the limit, and one chunk even where it is larger.
 */
export class PrefillBudget {
  #left: number;
  #isUntouched = true;

  constructor(tokens: number) {
    this.#left = tokens;
  }

  canTake(tokens: number): boolean {
    return this.#left > 0 && (tokens <= this.#left || this.#isUntouched);
  }

  /** False: nothing was taken. */
  take(tokens: number): boolean {
    if (!this.canTake(tokens)) return false;
    this.#left -= tokens;
    this.#isUntouched = false;
    return true;
  }
}
