import type { Schedule, SchedulingOptions } from '../instance.ts';
import type { InstanceIndex } from '../instance-index.ts';
import { LENIENT, REUSING, STRICT, type Weights } from '../policies/batching-cost.ts';
import { Portfolio } from '../policies/portfolio.ts';
import type { PolicyPlan } from '../policy.ts';
import { BatchingSearch, PLAY_WORK } from './batching-search.ts';
import type { ScheduleSearch } from './schedule-search.ts';
import { SearchPhases } from './search-phases.ts';
import { TokenStepSearch } from './token-step-search.ts';

/** Work units that making and judging one schedule counts as, for each call. */
const CONTENDER_WORK = { 'token-steps': 40, 'continuous-batching': 60 + PLAY_WORK } as const;

/** Plays of the whole batch from which a search may begin with a schedule that ends late. */
const PLAYS_TO_COME_BACK = 400;

/** Share of the work that begins with what reuses much and ends late. */
const REUSING_SHARE = 0.5;

/**
 * Anytime planning: the first schedule is there at once and is that of the default policy; then come the
 * contenders that it had no time for, then a search. Can be left after any step; what `plan` gives is
 * feasible and never worse than before.
 */
export class ScheduleImprovement {
  readonly #index: InstanceIndex;
  readonly #options: SchedulingOptions;
  readonly #portfolio: Portfolio;
  readonly #limit: number;
  #contenderWork = 0;
  #search: ScheduleSearch | undefined;

  /** `work`: units in all that `step` may do (see `ScheduleSearch`). */
  constructor(index: InstanceIndex, options: SchedulingOptions, work: number) {
    this.#index = index;
    this.#options = options;
    this.#portfolio = new Portfolio(index, options);
    this.#limit = work;
  }

  /** Work units so far. */
  get work(): number {
    return this.#contenderWork + (this.#search?.work ?? 0);
  }

  get done(): boolean {
    if (this.work >= this.#limit) return true;
    // The search in token steps would move what is bound.
    if (this.#portfolio.done && this.#mayNotSearch) return true;
    return this.#portfolio.done && (this.#search?.done ?? false);
  }

  /** Goes on for about so many work units; true when the schedule got better. */
  step(work: number): boolean {
    const until = Math.min(this.work + work, this.#limit);
    let isBetter = false;
    while (!this.#portfolio.done && this.work < until) {
      const perCall = CONTENDER_WORK[this.#portfolio.judge.machine.kind];
      this.#contenderWork += perCall * this.#index.callCount;
      isBetter = this.#portfolio.next() || isBetter;
    }
    if (!this.#portfolio.done || this.#mayNotSearch || this.work >= until) return isBetter;
    this.#search ??= this.#startSearch();
    const { cost } = this.#search;
    this.#search.step(until - this.work);
    return isBetter || this.#search.cost < cost;
  }

  /** Whether what `plan` gives is worth replacing the standing schedule by; true without one. */
  get isGain(): boolean {
    const { chosen } = this.plan();
    return chosen === undefined || this.#portfolio.isGain(chosen);
  }

  plan(): PolicyPlan {
    return this.#portfolio.plan(this.#search?.best());
  }

  get #mayNotSearch(): boolean {
    const bound = this.#options.standing?.bound ?? [];
    return bound.length > 0 && this.#portfolio.judge.machine.kind === 'token-steps';
  }

  #startSearch(): ScheduleSearch {
    const { seed, pinned = [], standing } = this.#options;
    const { best, comparison, judge } = this.#portfolio;
    const { start, reusing, marks } = comparison;
    const { machine, begun } = judge;
    const work = this.#limit - this.work;
    if (machine.kind === 'token-steps') {
      return new TokenStepSearch(this.#index, best, { seed, pinned, work });
    }
    const { timing } = machine;
    const bound = standing?.bound ?? [];
    const plays = work / (PLAY_WORK * this.#index.callCount);
    const from = (schedule: Schedule, early: Weights, late: Weights, share: number) =>
      new BatchingSearch(this.#index, schedule, {
        ...{ seed, pinned, bound, timing, marks, begun, early, late },
        work: share * work,
      });
    if (plays < PLAYS_TO_COME_BACK) return from(best, STRICT, STRICT, 1);
    if (reusing === undefined) return from(start, LENIENT, STRICT, 1);
    return new SearchPhases([
      () => from(reusing, REUSING, REUSING, REUSING_SHARE),
      (found) => from(this.#portfolio.startAfter(found), LENIENT, STRICT, 1 - REUSING_SHARE),
    ]);
  }
}
