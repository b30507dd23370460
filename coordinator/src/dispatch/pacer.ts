import { setImmediate } from 'node:timers/promises';
import type { Clock } from '@helium/shared';

/** How long planning may hold the event loop at a stretch. */
const STRETCH_MS_MAX = 50;

/** Lets others run between the steps of long work. */
export class Pacer {
  readonly #clock: Clock;
  #since: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#since = clock.now();
  }

  /** Resolves at once while the stretch is short, else after a turn of the event loop. */
  async breathe(): Promise<void> {
    if (this.#clock.now() - this.#since < STRETCH_MS_MAX) return;
    await setImmediate();
    this.#since = this.#clock.now();
  }
}
