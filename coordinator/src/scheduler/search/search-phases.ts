import type { Schedule } from '../instance.ts';
import type { ScheduleSearch } from './schedule-search.ts';

/** Makes a search when its turn comes, which counts as work; `best` is the best found before. */
export type SearchPhase = (best: Schedule | undefined) => ScheduleSearch;

/** Searches one after the other; the best of them all counts, of equals the first. */
export class SearchPhases implements ScheduleSearch {
  readonly #left: SearchPhase[];
  #current: ScheduleSearch;
  #best: { readonly cost: number; readonly schedule: Schedule } | undefined;
  #before = 0;

  constructor([first, ...left]: readonly [SearchPhase, ...SearchPhase[]]) {
    this.#current = first(undefined);
    this.#left = left;
  }

  get done(): boolean {
    return this.#current.done && this.#left.length === 0;
  }

  get work(): number {
    return this.#before + this.#current.work;
  }

  get cost(): number {
    return Math.min(this.#current.cost, this.#best?.cost ?? Number.POSITIVE_INFINITY);
  }

  step(work: number): void {
    const until = this.work + work;
    while (!this.done && this.work < until) {
      if (this.#current.done) this.#next();
      this.#current.step(until - this.work);
    }
  }

  best(): Schedule {
    if (this.#best !== undefined && this.#best.cost <= this.#current.cost)
      return this.#best.schedule;
    return this.#current.best();
  }

  #next(): void {
    this.#best = { cost: this.cost, schedule: this.best() };
    this.#before += this.#current.work;
    this.#current = this.#left.shift()!(this.#best.schedule);
  }
}
