import type { Prng } from '@helium/shared';

export interface BackoffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** Exponential backoff with jitter: many workers of one coordinator do not come back at once. */
export class Backoff {
  readonly #options: BackoffOptions;
  readonly #prng: Prng;
  #failures = 0;

  constructor(options: BackoffOptions, prng: Prng) {
    this.#options = options;
    this.#prng = prng;
  }

  /** Milliseconds to wait before the next attempt: from half the step to the whole of it. */
  next(): number {
    const { firstMs, maxMs } = this.#options;
    const step = Math.min(maxMs, firstMs * 2 ** this.#failures);
    this.#failures++;
    return step * (0.5 + this.#prng() / 2);
  }

  reset(): void {
    this.#failures = 0;
  }
}
