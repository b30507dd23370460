import { evaluateTokenSteps } from '../cost-model.ts';
import { BEST_EFFORT, type Schedule } from '../instance.ts';
import type { InstanceIndex } from '../instance-index.ts';
import { lowerBounds } from '../lower-bounds.ts';
import { flattenSchedule } from '../sequences.ts';
import { Annealing } from './anneal.ts';
import type { ScheduleSearch } from './schedule-search.ts';
import { searchGraph } from './search-graph.ts';
import { TimedSchedule } from './timed-schedule.ts';

/**
 * Work units for each pair of calls in one round of annealing, and rounds at most: what more work would find
 * in a few calls, this finds too.
 */
const ROUND = { workPerPair: 5_000, atMost: 4 } as const;

export interface TokenStepSearchOptions {
  readonly seed: number;
  /** Calls at the front of the sequences that stay where they are. */
  readonly pinned: readonly { readonly call: number }[];
  /** Work units in all. The search cools down towards their end. */
  readonly work: number;
}

/**
 * Simulated annealing on the makespan of `PROBLEM.md` section 3, in rounds that each start from the best
 * schedule known: a small batch gets several, since one round finds all that it can find. Ends early at a
 * lower bound.
 */
export class TokenStepSearch implements ScheduleSearch {
  readonly #schedule: TimedSchedule;
  readonly #options: TokenStepSearchOptions;
  readonly #bound: number;
  readonly #rounds: number;
  #round = 0;
  #annealing: Annealing;

  constructor(index: InstanceIndex, start: Schedule, options: TokenStepSearchOptions) {
    this.#options = options;
    this.#bound = lowerBounds(index).greatest;
    const perRound = ROUND.workPerPair * index.callCount ** 2;
    this.#rounds = Math.min(ROUND.atMost, Math.max(1, Math.round(options.work / perRound)));
    this.#schedule = new TimedSchedule(searchGraph(index), options.pinned.length);
    const order = startOrder(index, start, options.pinned);
    this.#schedule.load(order, workersOf(index, start));
    this.#schedule.sortByStart();
    this.#schedule.work = 0;
    this.#annealing = this.#nextRound();
  }

  get done(): boolean {
    const isIdle = this.#schedule.frozen >= this.#schedule.order.length;
    return isIdle || this.cost <= this.#bound || (this.#annealing.done && this.#isLastRound);
  }

  get work(): number {
    return this.#schedule.work;
  }

  get cost(): number {
    return this.#annealing.bestMakespan;
  }

  step(work: number): void {
    const until = this.work + work;
    while (!this.done && this.work < until) {
      if (this.#annealing.done) {
        const { bestOrder, bestWorkerOf } = this.#annealing;
        this.#schedule.load(bestOrder, bestWorkerOf);
        this.#annealing = this.#nextRound();
      }
      this.#annealing.step(until - this.work);
    }
  }

  best(): Schedule {
    const { bestOrder, bestWorkerOf } = this.#annealing;
    const workers: number[][] = Array.from(this.#schedule.lastOf, () => []);
    for (const call of bestOrder) workers[bestWorkerOf[call]!]!.push(call);
    return { workers, execution: BEST_EFFORT };
  }

  get #isLastRound(): boolean {
    return this.#round >= this.#rounds;
  }

  #nextRound(): Annealing {
    this.#round++;
    const { seed, work } = this.#options;
    const left = Math.max(0, Math.min(work, this.#roundLimit) - this.#schedule.work);
    const share = left / (this.#rounds - this.#round + 1);
    const options = { seed: seed + this.#round, work: share, goal: this.#bound };
    return new Annealing(this.#schedule, options);
  }

  get #roundLimit(): number {
    return ROUND.atMost * ROUND.workPerPair * this.#schedule.order.length ** 2;
  }
}

/** Pinned calls in the order given, then the others as they complete: dependencies come first. */
function startOrder(
  index: InstanceIndex,
  start: Schedule,
  pinned: TokenStepSearchOptions['pinned'],
): Int32Array {
  const { completion } = evaluateTokenSteps(index, start);
  const pins = new Set(pinned.map(({ call }) => call));
  const others = Array.from(completion.keys()).filter((call) => !pins.has(call));
  others.sort((a, b) => completion[a]! - completion[b]!);
  return Int32Array.from([...pins, ...others]);
}

function workersOf(index: InstanceIndex, schedule: Schedule): Int32Array {
  const workerOf = new Int32Array(index.callCount);
  flattenSchedule(index.instance, schedule).calls.forEach((calls, worker) => {
    for (const call of calls) workerOf[call] = worker;
  });
  return workerOf;
}
