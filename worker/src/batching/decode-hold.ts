import type { Sequence } from './sequence.ts';

/**
 * Whether running calls sit a step out: while it is full of prefill, nobody watches, and they have not sat out
 * `stepsMax` in a row (docs/decisions/0020).
 */
export class DecodeHold {
  readonly #stepsMax: number;
  #steps = 0;

  constructor(stepsMax: number) {
    this.#stepsMax = stepsMax;
  }

  /** Who decodes in a step that is full of prefill, or not. */
  release(decoding: readonly Sequence[], isFull: boolean): Sequence[] {
    const isWatched = decoding.some(({ call }) => call.streamDeltas);
    const isHeld = isFull && !isWatched && this.#steps < this.#stepsMax;
    this.#steps = isHeld && decoding.length > 0 ? this.#steps + 1 : 0;
    return isHeld ? [] : [...decoding];
  }
}
