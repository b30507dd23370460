/** Requests in a row that took too long before they are a sign: one may have met a fork or a collection. */
const SIGNS = 3;

/** Without one that took too long for so long, the store is fast again. */
const STEADY_MS = 60_000;

/** When to say that a store became slow, and that it is no more. */
export class SlowWatch {
  #inRow = 0;
  #lastAtMs = Number.NEGATIVE_INFINITY;
  #isSlow = false;

  /** Tells the change that a request brought, if it brought one. */
  took(isLong: boolean, nowMs: number): 'slow' | 'fast' | undefined {
    this.#inRow = isLong ? this.#inRow + 1 : 0;
    if (isLong) this.#lastAtMs = nowMs;
    if (!this.#isSlow && this.#inRow >= SIGNS) {
      this.#isSlow = true;
      return 'slow';
    }
    if (this.#isSlow && nowMs - this.#lastAtMs >= STEADY_MS) {
      this.#isSlow = false;
      return 'fast';
    }
    return undefined;
  }
}
