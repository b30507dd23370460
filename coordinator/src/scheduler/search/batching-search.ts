import { createPrng, type Prng } from '@helium/shared';
import { evaluateTokenSteps } from '../cost-model.ts';
import type { Schedule, StepTiming } from '../instance.ts';
import type { InstanceIndex } from '../instance-index.ts';
import {
  batchingCost,
  between,
  type Marks,
  type Played,
  type Weights,
} from '../policies/batching-cost.ts';
import { flattenSchedule } from '../sequences.ts';
import type { BegunWorkers } from '../simulation/begun-workers.ts';
import { PlayedSchedule } from './played-schedule.ts';
import { type PlacedCalls, PriorityMoves } from './priority-moves.ts';
import type { ScheduleSearch } from './schedule-search.ts';

/** Work units that playing one schedule counts as, for each call. */
export const PLAY_WORK = 30;
/** What making a move counts as. */
const MOVE_WORK = 200;
/**
 * What a change may cost at the beginning, as a share of the whole; it falls to nothing. In a small batch
 * one call is more of it, and less leads out of where nothing gets better.
 */
const HOT = { least: 0.001, perCall: 0.3, most: 0.02 } as const;

/** Share of the work from which the marks count in full. */
const STRICT_FROM = 0.7;

export interface BatchingSearchOptions {
  readonly seed: number;
  readonly timing: StepTiming;
  /** What has begun when a schedule comes into force. */
  readonly begun: BegunWorkers | undefined;
  readonly marks: Marks;
  /** How much they count at the beginning and at the end. */
  readonly early: Weights;
  readonly late: Weights;
  /** Calls at the front of the sequences that stay where they are. */
  readonly pinned: readonly { readonly call: number }[];
  /** Calls that stay on their workers. */
  readonly bound: readonly { readonly call: number }[];
  /** Work units in all. */
  readonly work: number;
}

/**
 * Searches on the simulator of `PROBLEM.md` section 5. A schedule is a priority and a worker for each call; a
 * move changes those of a call, of calls that share a prefix, of a row or of an operator, and the workers
 * that it touches are played. Worse ones are taken within a bound that falls to nothing towards the end.
 */
export class BatchingSearch implements ScheduleSearch {
  cost: number;
  work = 0;
  readonly #options: BatchingSearchOptions;
  readonly #random: Prng;
  readonly #moves: PriorityMoves;
  readonly #schedule: PlayedSchedule;
  readonly #hot: number;
  #current: Played;
  #best: Schedule;

  constructor(index: InstanceIndex, start: Schedule, options: BatchingSearchOptions) {
    const { seed, timing, begun } = options;
    const calls = placed(index, start, options);
    this.#options = options;
    this.#random = createPrng(seed);
    this.#moves = new PriorityMoves(index, calls, this.#random);
    this.#schedule = new PlayedSchedule(index, calls, timing, begun);
    this.work = PLAY_WORK * index.callCount;
    this.#best = this.#schedule.schedule();
    this.cost = this.#costOf(this.#schedule.played);
    this.#current = this.#schedule.played;
    this.#hot = Math.min(HOT.most, Math.max(HOT.least, HOT.perCall / index.callCount));
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
    this.work += MOVE_WORK;
    if (!this.#moves.propose(this.#schedule)) return;
    const replay = this.#schedule.replay(this.#moves, this.#moves.changed);
    this.work += PLAY_WORK * replay.calls;
    const { early, late } = this.#options;
    const progress = Math.min(1, this.work / this.#options.work);
    const bound = this.#hot * (1 - progress) * this.#random();
    const weights = between(early, late, progress / STRICT_FROM);
    const now = this.#costOf(replay.played, weights);
    if (now > this.#costOf(this.#current, weights) * (1 + bound)) {
      this.#moves.reject();
      return;
    }
    this.#schedule.accept(replay, this.#moves);
    this.#current = replay.played;
    const cost = this.#costOf(replay.played);
    if (cost >= this.cost) return;
    this.cost = cost;
    this.#best = this.#schedule.schedule();
  }

  #costOf(played: Played, weights?: Weights): number {
    return batchingCost(played, this.#options.marks, weights);
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
