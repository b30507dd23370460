import {
  BEST_EFFORT,
  type PinnedCall,
  type Schedule,
  type SchedulingOptions,
  type StandingSchedule,
} from '../instance.ts';
import { type InstanceIndex, indexInstance } from '../instance-index.ts';
import { pinCalls } from '../pin-calls.ts';
import type { Candidate, IndexedPolicy, PolicyPlan } from '../policy.ts';
import { bindCalls, completeSchedule } from '../standing-schedule.ts';
import { Comparison } from './comparison.ts';
import { type Contender, contendersFor } from './contenders.ts';
import { Judge } from './judge.ts';

/** Share of its cost by which a schedule in force has to be bettered to be replaced. */
const GAIN_MIN = 0.001;
/** Calls judged in total, all contenders together: keeps 1,000 calls within 150 ms, 20,000 within 2 s. */
const CALL_BUDGET = { calls: 14_000, forAtMost: 1_000, growth: 0.7 } as const;
/** What the schedule in force is called among the candidates. */
const STANDING = 'standing';
/** Contenders compared at once at most: the others rarely win, and are for those who have time for a search. */
export const AT_MOST = 17;
/** Calls from which the better of two schedules has to do. */
const LARGE_FROM = 10_000;
/** Contenders at least: for a batch of fewer calls than LARGE_FROM, and for others. */
const AT_LEAST = { small: 4, large: 2 } as const;

/**
 * Makes the schedules of several policies, all to be carried out best effort, judges each by the
 * machine model told (`PROBLEM.md`, section 3 or 5) and keeps the best (when batching, by
 * `batchingCost`); of equals the one that reuses most, and the first of those. How many are made depends on
 * the batch's size and on whether some of it runs, never on a clock. A batch with a call that no worker's
 * cache holds cannot be played and is judged in token steps.
 */
export const portfolio: IndexedPolicy = {
  name: 'portfolio',
  description: 'The best of several schedules on the machine model told (PROBLEM.md, 3 and 5).',
  schedule: (instance, options) => firstPlan(indexInstance(instance), options),
  plan: (index, options) => new Portfolio(index, options).plan(),
};

function firstPlan(index: InstanceIndex, options: SchedulingOptions): Schedule {
  return new Portfolio(index, options).plan().schedule;
}

/** Per worker its calls in order. */
type Order = readonly (readonly number[])[];

/** Contenders made and judged one after the other, the first few at once. */
export class Portfolio {
  readonly judge: Judge;
  readonly comparison: Comparison;
  readonly #index: InstanceIndex;
  readonly #options: SchedulingOptions;
  readonly #bound: readonly PinnedCall[];
  readonly #left: Contender[];
  /** Of all that was compared, by place in the comparison. */
  readonly #orders: Order[] = [];

  constructor(index: InstanceIndex, options: SchedulingOptions) {
    const { calls } = index.instance;
    this.#index = index;
    this.#options = options;
    this.judge = new Judge(index, options);
    const { standing, pinned = [] } = options;
    this.#bound = standing?.bound ?? [];
    const isBegun = standing !== undefined || pinned.length > 0;
    const contenders = contendersFor(index, this.judge.machine.kind, isBegun);
    const isPublishedKnown = contenders.some(
      ({ isPublished, operatorsAtMost }) => isPublished && operatorsAtMost !== undefined,
    );
    this.comparison = new Comparison(this.judge, isPublishedKnown);
    this.#left = [...(standing ? [standingContender(standing)] : []), ...contenders];
    const first = contendersAtFirst(calls.length, isBegun);
    for (let i = 0; i < first; i++) this.next();
  }

  /** Whether every contender has been compared. */
  get done(): boolean {
    return this.#left.length === 0;
  }

  get best(): Schedule {
    return this.comparison.chosen().schedule;
  }

  /** Where a search is best begun after another that found a schedule. */
  startAfter(found: Schedule | undefined): Schedule {
    const { marks, start } = this.comparison;
    if (found === undefined) return start;
    const cost = (schedule: Schedule) => this.judge.costOf(this.judge.judge('', schedule), marks);
    return cost(found) <= cost(start) ? found : start;
  }

  /** Whether the schedule is better than the one in force, by more than is worth the change. */
  isGain(candidate: Candidate): boolean {
    const { all, marks } = this.comparison;
    const standing = all[0]?.candidate;
    if (standing?.name !== STANDING) return true;
    const old = this.judge.costOf(standing, marks);
    return this.judge.costOf(candidate, marks) < old * (1 - GAIN_MIN);
  }

  /** Compares the next contender; true when it is the best so far. */
  next(): boolean {
    const contender = this.#left.shift();
    if (contender === undefined) return false;
    const { instance } = this.#index;
    const pinned = this.#options.pinned ?? [];
    const made = bindCalls(this.#index, contender.make(this.#index, this.#options), this.#bound);
    const { workers } = pinCalls(instance, made, pinned);
    const schedule = { workers, execution: BEST_EFFORT };
    const { name, isPublished = false, isOurs = false } = contender;
    // Contenders often agree, above all where rows are few: what was played need not be played again.
    const order = workers.map((sequence) => sequence.flat());
    const known = this.comparison.all[this.#orders.findIndex((other) => isSame(other, order))];
    const candidate = known ? { ...known.candidate, name } : this.judge.judge(name, schedule);
    this.#orders.push(order);
    this.comparison.add({ candidate, schedule, isPublished, isOurs });
    return this.best === schedule;
  }

  /** The best so far, or the schedule of a search where that is better. */
  plan(found?: Schedule): PolicyPlan {
    const all = [...this.comparison.all];
    if (found !== undefined) {
      all.push({ candidate: this.judge.judge('search', found), schedule: found, ...OURS });
    }
    const { schedule, candidate: chosen } = this.comparison.chosen(all);
    return { schedule, candidates: all.map(({ candidate }) => candidate), chosen };
  }
}

/**
 * How many are compared at once. Of a batch that has begun, calls wait for the plan while engines run: no more than
 * must be.
 */
function contendersAtFirst(calls: number, isBegun: boolean): number {
  const least = calls < LARGE_FROM ? AT_LEAST.small : AT_LEAST.large;
  const { forAtMost, growth } = CALL_BUDGET;
  const more = isBegun ? 1 : Math.max(1, calls / forAtMost) ** growth;
  const affordable = Math.floor((CALL_BUDGET.calls * more) / Math.max(1, calls));
  return Math.min(AT_MOST, Math.max(least, affordable));
}

/** Whether the workers have the same calls in the same order. */
function isSame(a: Order, b: Order): boolean {
  return a.every((calls, worker) => {
    const others = b[worker];
    return calls.length === others?.length && calls.every((call, i) => call === others[i]);
  });
}

const OURS = { isPublished: false, isOurs: true } as const;

function standingContender(standing: StandingSchedule): Contender {
  return {
    name: STANDING,
    isOurs: true,
    make: (index, { pinned = [] }) => completeSchedule(index, standing, pinned),
  };
}
