import { HeliumError, type RunId } from '@helium/shared';

/**
 * Memory for the texts that live runs put together: formats of formats multiply what was sent, 4 MiB by ten
 * thousand. Counted in UTF-16 units. One run may have half of it, so that it is that run which fails and not
 * those beside it.
 */
export class TextRoom {
  readonly #charactersMax: number;
  readonly #characters = new Map<RunId, number>();
  #taken = 0;

  constructor(charactersMax: number) {
    this.#charactersMax = charactersMax;
  }

  /** Throws PROMPT_TOO_LONG where the run has more than its half, QUEUE_FULL where all runs together have too much. */
  take(run: RunId, characters: number): void {
    const own = (this.#characters.get(run) ?? 0) + characters;
    const ownMax = Math.floor(this.#charactersMax / 2);
    if (own > ownMax) {
      const limit = `this coordinator has memory for ${ownMax} of a run`;
      const message = `the run's texts have ${own} characters together, ${limit}`;
      throw new HeliumError('PROMPT_TOO_LONG', message, {
        details: { characters: own, limit: ownMax },
      });
    }
    const all = this.#taken + characters;
    if (all > this.#charactersMax) {
      const limit = `this coordinator has memory for ${this.#charactersMax}`;
      const message = `the texts of all live runs have ${all} characters, ${limit}`;
      throw new HeliumError('QUEUE_FULL', message, {
        details: { characters: all, limit: this.#charactersMax },
      });
    }
    this.#characters.set(run, own);
    this.#taken = all;
  }

  /** The run is live no more. */
  giveBack(run: RunId): void {
    this.#taken -= this.#characters.get(run) ?? 0;
    this.#characters.delete(run);
  }
}
