import { evaluateTokenSteps } from '../cost-model.ts';
import {
  BEST_EFFORT,
  type MachineModel,
  type PinnedCall,
  type Schedule,
  type SchedulingOptions,
  type StandingSchedule,
  type StepTiming,
} from '../instance.ts';
import { type InstanceIndex, indexInstance } from '../instance-index.ts';
import { pinCalls } from '../pin-calls.ts';
import type { Candidate, IndexedPolicy, PolicyPlan } from '../policy.ts';
import { type BegunWorkers, beginWorkers } from '../simulation/begun-workers.ts';
import { simulateFeasible } from '../simulation/simulate.ts';
import { REFERENCE_MACHINE } from '../simulation/step-timing.ts';
import { bindCalls, completeSchedule } from '../standing-schedule.ts';
import { batchingCost, LATE_AT_START, type Marks, type Played } from './batching-cost.ts';
import { type Contender, contendersFor } from './contenders.ts';

/** Share of its cost by which a schedule in force has to be bettered to be replaced. */
const GAIN_MIN = 0.001;
/** Calls judged in total, all contenders together: keeps 1,000 calls within 150 ms. */
const CALL_BUDGET = 12_000;
/** What algorithm 1 may reuse more than slices by rank do, where there are too many operators for it. */
const UNKNOWN_MORE = 1.01;
/** What the schedule in force is called among the candidates. */
const STANDING = 'standing';
/** Contenders at least: for a batch of up to `largeFrom` calls, and above. */
const AT_LEAST = { small: 4, large: 2, largeFrom: 10_000 } as const;

/**
 * Makes the schedules of several policies, all to be carried out best effort, judges each by the
 * machine model told (`PROBLEM.md`, section 3 or 5) and keeps the best (when batching, by
 * `batchingCost`); of equals the one that reuses most, and the first of those. How many are made depends on the batch's size alone, never
 * on a clock. A batch with a call that no worker's cache holds cannot be played and is judged in
 * token steps.
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

/** Contenders compared one after the other. The first few are compared at once. */
export class Portfolio {
  readonly machine: MachineModel;
  /** What has begun when a schedule comes into force. */
  readonly begun: BegunWorkers | undefined;
  readonly #index: InstanceIndex;
  readonly #options: SchedulingOptions;
  readonly #bound: readonly PinnedCall[];
  /** Whether algorithm 1 is among the contenders. */
  readonly #isPublishedKnown: boolean;
  readonly #left: Contender[];
  readonly #compared: Compared[] = [];

  constructor(index: InstanceIndex, options: SchedulingOptions) {
    const { calls } = index.instance;
    this.#index = index;
    this.#options = options;
    this.machine = machineFor(index, options.machine);
    const { standing, state } = options;
    this.begun = state && beginWorkers(index, state);
    this.#bound = standing?.bound ?? [];
    this.#isPublishedKnown = contendersFor(index, this.machine.kind).some(
      ({ isPublished, operatorsAtMost }) => isPublished && operatorsAtMost !== undefined,
    );
    this.#left = [
      ...(standing ? [standingContender(standing)] : []),
      ...contendersFor(index, this.machine.kind),
    ];
    const least = calls.length < AT_LEAST.largeFrom ? AT_LEAST.small : AT_LEAST.large;
    const first = Math.max(least, Math.floor(CALL_BUDGET / Math.max(1, calls.length)));
    for (let i = 0; i < first; i++) this.next();
  }

  /** Whether every contender has been compared. */
  get done(): boolean {
    return this.#left.length === 0;
  }

  get best(): Schedule {
    return this.#chosen(this.#compared).schedule;
  }

  /**
   * Where a search is best begun: what ends a little late and reuses much gets earlier more easily than
   * what ends first gets to reuse more.
   */
  get start(): Schedule {
    return this.#chosen(this.#compared, LATE_AT_START).schedule;
  }

  /** Whether the schedule is better than the one in force, by more than is worth the change. */
  isGain({ cost, hitRate }: Candidate): boolean {
    const [standing] = this.#compared;
    if (standing?.candidate.name !== STANDING) return true;
    const marks = this.marks;
    const old = this.#cost(standing.candidate, marks);
    return this.#cost({ name: '', cost, hitRate }, marks) < old * (1 - GAIN_MIN);
  }

  /** The least makespan of the contenders, and how much the published planner's reuse. */
  get marks(): Marks {
    const published = this.#compared.filter(({ isPublished }) => isPublished);
    const hitRate = Math.max(0, ...published.map(({ candidate }) => candidate.hitRate));
    return {
      makespanSeconds: Math.min(...this.#compared.map(({ candidate }) => candidate.cost)),
      hitRate,
      hitRateHoped: hitRate * (this.#isPublishedKnown ? 1 : UNKNOWN_MORE),
    };
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
    const { name, isPublished = false } = contender;
    this.#compared.push({ candidate: this.#judge(name, schedule), schedule, isPublished });
    return this.best === schedule;
  }

  /** The best so far, or the schedule of a search where that is better. */
  plan(found?: Schedule): PolicyPlan {
    const all = [...this.#compared];
    if (found !== undefined) {
      all.push({ candidate: this.#judge('search', found), schedule: found, isPublished: false });
    }
    const { schedule, candidate: chosen } = this.#chosen(all);
    return { schedule, candidates: all.map(({ candidate }) => candidate), chosen };
  }

  /** Of equal costs the one that computes less, and the first of those. */
  #chosen(compared: readonly Compared[], lateCost?: number): Compared {
    const marks = this.marks;
    const costs = compared.map(({ candidate }) => this.#cost(candidate, marks, lateCost));
    let best = 0;
    compared.forEach(({ candidate }, i) => {
      const reusesMore = candidate.hitRate > compared[best]!.candidate.hitRate;
      if (costs[i]! < costs[best]! || (costs[i] === costs[best] && reusesMore)) best = i;
    });
    return compared[best]!;
  }

  #cost({ cost, hitRate }: Candidate, marks: Marks, lateCost?: number): number {
    if (this.machine.kind === 'token-steps') return cost;
    return batchingCost({ makespanSeconds: cost, hitRate }, marks, lateCost);
  }

  #play(schedule: Schedule, timing: StepTiming): Played {
    return simulateFeasible(this.#index, schedule, timing, undefined, undefined, this.begun);
  }

  #judge(name: string, schedule: Schedule): Candidate {
    if (this.machine.kind === 'token-steps') {
      const { makespan, hitRate } = evaluateTokenSteps(this.#index, schedule);
      return { name, cost: makespan, hitRate };
    }
    const played = this.#play(schedule, this.machine.timing);
    return { name, cost: played.makespanSeconds, hitRate: played.hitRate };
  }
}

interface Compared {
  readonly candidate: Candidate;
  readonly schedule: Schedule;
  readonly isPublished: boolean;
}

function standingContender(standing: StandingSchedule): Contender {
  return {
    name: STANDING,
    make: (index, { pinned = [] }) => completeSchedule(index, standing, pinned),
  };
}

function machineFor(index: InstanceIndex, told: MachineModel = REFERENCE_MACHINE): MachineModel {
  const { kvCapacity } = index.instance;
  const fits = index.out.every((out, call) => index.promptTokens[call]! + out <= kvCapacity);
  return fits ? told : { kind: 'token-steps' };
}
