import { describe, expect, it } from 'vitest';
import type { Schedule } from '../instance.ts';
import type { ScheduleSearch } from './schedule-search.ts';
import { SearchPhases } from './search-phases.ts';

/** Finds after each unit of work what the list says. */
class Listed implements ScheduleSearch {
  work = 0;
  readonly #costs: readonly number[];
  constructor(costs: readonly number[]) {
    this.#costs = costs;
  }
  get cost() {
    return Math.min(...this.#costs.slice(0, this.work + 1));
  }
  get done() {
    return this.work === this.#costs.length - 1;
  }
  step(work: number) {
    this.work = Math.min(this.#costs.length - 1, this.work + work);
  }
  best = () => schedule(this.cost);
}
const schedule = (cost: number): Schedule => ({ workers: [[cost]] });

describe('SearchPhases', () => {
  it.each([1, 2, 100])('keeps the best of all, in portions of %i', (portion) => {
    const handed: (Schedule | undefined)[] = [];
    const phase = (costs: readonly number[]) => (best: Schedule | undefined) => {
      handed.push(best);
      return new Listed(costs);
    };
    const phases = new SearchPhases([phase([9, 5]), phase([8, 7, 6]), phase([4, 3])]);
    const costs = [phases.cost];
    while (!phases.done) {
      phases.step(portion);
      costs.push(phases.cost);
    }
    expect(handed).toEqual([undefined, schedule(5), schedule(5)]);
    expect(costs).toEqual(costs.toSorted((a, b) => b - a));
    expect(phases.best()).toEqual(schedule(3));
    expect(phases.work).toBe(4);
  });
});
