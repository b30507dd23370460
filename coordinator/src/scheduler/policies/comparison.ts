import type { Schedule } from '../instance.ts';
import type { Candidate } from '../policy.ts';
import { LENIENT, type Marks, type Weights } from './batching-cost.ts';
import type { Judge } from './judge.ts';

/** What algorithm 1 may reuse more than slices by rank do, where there are too many operators for it. */
const UNKNOWN_MORE = 1.01;

/** A schedule that was judged. */
export interface Compared {
  readonly candidate: Candidate;
  readonly schedule: Schedule;
  /** Of the published planner: its reuse is a mark. */
  readonly isPublished: boolean;
  /** Of no simple policy: its makespan is no mark. */
  readonly isOurs: boolean;
}

/** The schedules judged so far, in the order in which they were made, and which of them is best for what. */
export class Comparison {
  readonly #judge: Judge;
  readonly #isPublishedKnown: boolean;
  readonly #compared: Compared[] = [];

  /** `isPublishedKnown`: whether algorithm 1 is among what will be compared. */
  constructor(judge: Judge, isPublishedKnown: boolean) {
    this.#judge = judge;
    this.#isPublishedKnown = isPublishedKnown;
  }

  get all(): readonly Compared[] {
    return this.#compared;
  }

  add(compared: Compared): void {
    this.#compared.push(compared);
  }

  /** The least makespan of the simple contenders, and how much the published planner's reuse. */
  get marks(): Marks {
    const others = this.#compared.filter(({ isOurs }) => !isOurs);
    const simple = others.length > 0 ? others : this.#compared;
    const published = this.#compared.filter(({ isPublished }) => isPublished);
    const hitRate = Math.max(0, ...published.map(({ candidate }) => candidate.hitRate));
    return {
      makespanSeconds: Math.min(...simple.map(({ candidate }) => candidate.cost)),
      hitRate,
      hitRateHoped: hitRate * (this.#isPublishedKnown ? 1 : UNKNOWN_MORE),
    };
  }

  /** Of these, by the marks of all: of equal costs the one that computes less, and the first of those. */
  chosen(compared: readonly Compared[] = this.#compared, weights?: Weights): Compared {
    const marks = this.marks;
    const costs = compared.map(({ candidate }) => this.#judge.costOf(candidate, marks, weights));
    let best = 0;
    compared.forEach(({ candidate }, i) => {
      const reusesMore = candidate.hitRate > compared[best]!.candidate.hitRate;
      if (costs[i]! < costs[best]! || (costs[i] === costs[best] && reusesMore)) best = i;
    });
    return compared[best]!;
  }

  /**
   * Where a search is best begun: what ends a little late and reuses much gets earlier more easily than
   * what ends first gets to reuse more.
   */
  get start(): Schedule {
    return this.chosen(this.#compared, LENIENT).schedule;
  }

  /**
   * The first to end of those that reuse what the published planner does. Undefined where it ends in time, where it
   * is `start`, and where there is none.
   */
  get reusing(): Schedule | undefined {
    const { hitRate, makespanSeconds } = this.marks;
    const enough = this.#compared.filter(({ candidate }) => candidate.hitRate >= hitRate);
    const first = enough.toSorted((a, b) => a.candidate.cost - b.candidate.cost)[0];
    if (first === undefined || first.candidate.cost <= makespanSeconds) return undefined;
    return first.schedule === this.start ? undefined : first.schedule;
  }
}
