import { createPrng, type Prng } from '@helium/shared';
import { evaluateTokenSteps } from '../cost-model.ts';
import { BEST_EFFORT, type Schedule, type StepTiming } from '../instance.ts';
import type { InstanceIndex } from '../instance-index.ts';
import { dependenciesFirst, distribute } from '../order.ts';
import { batchingCost, type Marks } from '../policies/batching-cost.ts';
import { flattenSchedule } from '../sequences.ts';
import type { BegunWorkers } from '../simulation/begun-workers.ts';
import { simulateFeasible } from '../simulation/simulate.ts';
import { type PlacedCalls, PriorityMoves } from './priority-moves.ts';
import type { ScheduleSearch } from './schedule-search.ts';

/** Work units that playing one schedule counts as, for each call. */
export const PLAY_WORK = 120;
/** What a change may cost at the beginning, as a share of the whole; it falls to nothing. */
const HOT = 0.001;

export interface BatchingSearchOptions {
  readonly seed: number;
  readonly timing: StepTiming;
  /** What has begun when a schedule comes into force. */
  readonly begun: BegunWorkers | undefined;
  readonly marks: Marks;
  /** Calls at the front of the sequences that stay where they are. */
  readonly pinned: readonly { readonly call: number }[];
  /** Calls that stay on their workers. */
  readonly bound: readonly { readonly call: number }[];
  /** Work units in all. */
  readonly work: number;
}

/**
 * Searches on the simulator of `PROBLEM.md` section 5. A schedule is a priority and a worker for each call; a
 * move changes those of a call, of calls that share a prefix, of a row or of an operator, and every
 * schedule is played. Worse ones are taken within a bound that falls to nothing towards the end.
 */
export class BatchingSearch implements ScheduleSearch {
  cost: number;
  work = 0;
  readonly #index: InstanceIndex;
  readonly #options: BatchingSearchOptions;
  readonly #random: Prng;
  readonly #moves: PriorityMoves;
  readonly #perPlay: number;
  #current: number;
  #best: Schedule;

  constructor(index: InstanceIndex, start: Schedule, options: BatchingSearchOptions) {
    this.#index = index;
    this.#options = options;
    this.#random = createPrng(options.seed);
    this.#perPlay = PLAY_WORK * index.callCount;
    this.#best = start;
    this.#moves = new PriorityMoves(index, placed(index, start, options), this.#random);
    this.cost = this.#play(start);
    this.#current = this.cost;
  }

  get done(): boolean {
    return this.work >= this.#options.work || !this.#moves.canMove;
  }

  step(work: number): void {
    const until = Math.min(this.work + work, this.#options.work);
    while (this.work < until && !this.done) this.#try();
  }

  best(): Schedule {
    return this.#best;
  }

  #try(): void {
    this.work += this.#perPlay;
    if (!this.#moves.propose()) return;
    const { callCount, instance } = this.#index;
    const { priority, workerOf } = this.#moves;
    const calls = Array.from({ length: callCount }, (_, call) => call);
    const wanted = calls.sort((a, b) => priority[a]! - priority[b]! || a - b);
    const order = dependenciesFirst(this.#index, wanted);
    const workers = distribute(order, workerOf, instance.workers);
    const schedule = { workers, execution: BEST_EFFORT };
    const cost = this.#play(schedule);
    const bound = HOT * Math.max(0, 1 - this.work / this.#options.work) * this.#random();
    if (cost > this.#current * (1 + bound)) {
      this.#moves.reject();
      return;
    }
    this.#current = cost;
    if (cost >= this.cost) return;
    this.cost = cost;
    this.#best = schedule;
  }

  #play(schedule: Schedule): number {
    const { timing, marks, begun } = this.#options;
    const played = simulateFeasible(this.#index, schedule, timing, undefined, undefined, begun);
    return batchingCost(played, marks);
  }
}

/** Priorities and workers that give the schedule again: smaller ones come first. */
function placed(
  index: InstanceIndex,
  start: Schedule,
  { pinned, bound }: BatchingSearchOptions,
): PlacedCalls {
  const { completion } = evaluateTokenSteps(index, start);
  const workerOf = new Int32Array(index.callCount);
  flattenSchedule(index.instance, start).calls.forEach((calls, worker) => {
    for (const call of calls) workerOf[call] = worker;
  });
  const byEnd = Array.from(completion.keys()).sort((a, b) => completion[a]! - completion[b]!);
  const priority = new Float64Array(index.callCount);
  byEnd.forEach((call, place) => {
    priority[call] = place;
  });
  pinned.forEach(({ call }, place) => {
    priority[call] = place - pinned.length;
  });
  return { priority, workerOf, pinned, bound };
}
