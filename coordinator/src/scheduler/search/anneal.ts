import { createPrng, type Prng } from '@helium/shared';
import { MoveMaker } from './moves.ts';
import type { TimedSchedule } from './timed-schedule.ts';

export interface AnnealingOptions {
  readonly seed: number;
  /** Work units in all. */
  readonly work: number;
  /** Makespan at which nothing is left to gain. */
  readonly goal: number;
}

/**
 * Temperatures at the beginning and at the end, in mean usages of a call. Where there is little work for
 * each call the search begins colder: there is no time to come back from worse schedules.
 */
const HOT = 0.5;
const HOT_WORK_PER_CALL = 100_000;
const COLD = 0.01;
/** Calls from which both fall with their number: in a large batch one usage is less of the makespan. */
const HOT_CALLS = 480;
const COLD_CALLS = 240;
/** What a token step of work less is worth against one of makespan, times the workers. */
const BUSY_WEIGHT = 0.5;
/** Calls in a window at most. */
const WINDOW_MAX = 1000;
/** Tries between two changes of the temperature. */
const TRIES = 50;

/**
 * Simulated annealing: a change is made when it costs no more than chance allows, and chance allows less
 * as the work goes by. The cost is the makespan, and a little of the work in all, which guides where the
 * makespan is level.
 */
export class Annealing {
  bestMakespan: number;
  readonly bestOrder: Int32Array;
  readonly bestWorkerOf: Int32Array;
  readonly #schedule: TimedSchedule;
  readonly #moves: MoveMaker;
  readonly #random: Prng;
  readonly #busyWeight: number;
  readonly #hot: number;
  readonly #cold: number;
  readonly #begin: number;
  readonly #end: number;
  readonly #goal: number;
  #bestBusy: number;
  #sinceSort = 0;

  constructor(schedule: TimedSchedule, { seed, work, goal }: AnnealingOptions) {
    this.#schedule = schedule;
    this.#random = createPrng(seed);
    this.#moves = new MoveMaker(schedule, this.#random, WINDOW_MAX);
    this.#busyWeight = BUSY_WEIGHT / schedule.graph.workers;
    const calls = schedule.order.length;
    const meanUsage = schedule.busy / calls;
    const share = Math.min(1, work / calls / HOT_WORK_PER_CALL);
    const hot = HOT * share * Math.min(1, HOT_CALLS / calls);
    const cold = COLD * Math.min(1, COLD_CALLS / calls);
    this.#hot = hot * meanUsage;
    this.#cold = Math.min(cold, hot / 2) * meanUsage;
    this.#begin = schedule.work;
    this.#end = schedule.work + work;
    this.#goal = goal;
    this.bestOrder = schedule.order.slice();
    this.bestWorkerOf = schedule.workerOf.slice();
    this.bestMakespan = schedule.makespan;
    this.#bestBusy = schedule.busy;
  }

  get done(): boolean {
    return this.#schedule.work >= this.#end || this.bestMakespan <= this.#goal;
  }

  /** Goes on for about so many work units, to the end at most. */
  step(work: number): void {
    const until = Math.min(this.#schedule.work + work, this.#end);
    while (this.#schedule.work < until && !this.done) {
      const share = (this.#schedule.work - this.#begin) / (this.#end - this.#begin);
      const temperature = this.#hot * (this.#cold / this.#hot) ** share;
      for (let i = 0; i < TRIES; i++) this.#try(temperature);
    }
  }

  #try(temperature: number): void {
    const schedule = this.#schedule;
    const moves = this.#moves;
    schedule.work += 4;
    if (!moves.propose()) return;
    const allowance = -temperature * Math.log(1 - this.#random());
    if (schedule.price(moves.changed, allowance, this.#busyWeight) === Number.POSITIVE_INFINITY) {
      moves.reject();
      return;
    }
    const { makespan, busyChange } = schedule;
    schedule.commit(moves.changed);
    // The price took it that no other way is as long; only now that is known.
    if (schedule.makespan - makespan + this.#busyWeight * busyChange > allowance) {
      moves.undo();
      return;
    }
    this.#keepBest();
    if (++this.#sinceSort < 2 * schedule.order.length) return;
    this.#sinceSort = 0;
    schedule.sortByStart();
  }

  #keepBest(): void {
    const { makespan, busy, order, workerOf } = this.#schedule;
    if (makespan > this.bestMakespan) return;
    if (makespan === this.bestMakespan && busy >= this.#bestBusy) return;
    this.bestMakespan = makespan;
    this.#bestBusy = busy;
    this.bestOrder.set(order);
    this.bestWorkerOf.set(workerOf);
    this.#schedule.work += order.length >> 5;
  }
}
