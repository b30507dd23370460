/**
 * Prefill tokens of one step: whole chunks within the limit, and one chunk even where it is larger.
 */
export class PrefillBudget {
  #left: number;
  #isUntouched = true;
  #hasRefused = false;

  constructor(tokens: number) {
    this.#left = tokens;
  }

  canTake(tokens: number): boolean {
    return this.#left > 0 && (tokens <= this.#left || this.#isUntouched);
  }

  /** Whether a chunk did not fit, or one of so many tokens would not. */
  isFull(chunkTokens: number): boolean {
    return this.#hasRefused || !this.canTake(chunkTokens);
  }

  /** False: nothing was taken. */
  take(tokens: number): boolean {
    if (!this.canTake(tokens)) {
      this.#hasRefused = true;
      return false;
    }
    this.#left -= tokens;
    this.#isUntouched = false;
    return true;
  }
}
