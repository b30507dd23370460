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
import { batchingCost, LENIENT, type Marks, type Played, type Weights } from './batching-cost.ts';
import { type Contender, contendersFor } from './contenders.ts';

/** Share of its cost by which a schedule in force has to be bettered to be replaced. */
const GAIN_MIN = 0.001;
/** Calls judged in total, all contenders together: keeps 1,000 calls within 150 ms. */
const CALL_BUDGET = 12_000;
/** What algorithm 1 may reuse more than slices by rank do, where there are too many operators for it. */
const UNKNOWN_MORE = 1.01;
/** What the schedule in force is called among the candidates. */
const STANDING = 'standing';
/** Contenders compared at once at most: the others are for those who have time for a search. */
const AT_MOST = 23;
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
    const affordable = Math.floor(CALL_BUDGET / Math.max(1, calls.length));
    const first = Math.min(AT_MOST, Math.max(least, affordable));
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
    return this.#chosen(this.#compared, LENIENT).schedule;
  }

  /** Where a search is best begun after another that found a schedule. */
  startAfter(found: Schedule | undefined): Schedule {
    if (found === undefined) return this.start;
    const marks = this.marks;
    const cost = (schedule: Schedule) => this.#cost(this.#judge('', schedule), marks);
    return cost(found) <= cost(this.start) ? found : this.start;
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

  /** Whether the schedule is better than the one in force, by more than is worth the change. */
  isGain({ cost, hitRate }: Candidate): boolean {
    const [standing] = this.#compared;
    if (standing?.candidate.name !== STANDING) return true;
    const marks = this.marks;
    const old = this.#cost(standing.candidate, marks);
    return this.#cost({ name: '', cost, hitRate }, marks) < old * (1 - GAIN_MIN);
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
    this.#compared.push({ candidate: this.#judge(name, schedule), schedule, isPublished, isOurs });
    return this.best === schedule;
  }

  /** The best so far, or the schedule of a search where that is better. */
  plan(found?: Schedule): PolicyPlan {
    const all = [...this.#compared];
    if (found !== undefined) {
      all.push({ candidate: this.#judge('search', found), schedule: found, ...OURS });
    }
    const { schedule, candidate: chosen } = this.#chosen(all);
    return { schedule, candidates: all.map(({ candidate }) => candidate), chosen };
  }

  /** Of equal costs the one that computes less, and the first of those. */
  #chosen(compared: readonly Compared[], weights?: Weights): Compared {
    const marks = this.marks;
    const costs = compared.map(({ candidate }) => this.#cost(candidate, marks, weights));
    let best = 0;
    compared.forEach(({ candidate }, i) => {
      const reusesMore = candidate.hitRate > compared[best]!.candidate.hitRate;
      if (costs[i]! < costs[best]! || (costs[i] === costs[best] && reusesMore)) best = i;
    });
    return compared[best]!;
  }

  #cost({ cost, hitRate }: Candidate, marks: Marks, weights?: Weights): number {
    if (this.machine.kind === 'token-steps') return cost;
    return batchingCost({ makespanSeconds: cost, hitRate }, marks, weights);
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

const OURS = { isPublished: false, isOurs: true } as const;

interface Compared {
  readonly candidate: Candidate;
  readonly schedule: Schedule;
  readonly isPublished: boolean;
  readonly isOurs: boolean;
}

function standingContender(standing: StandingSchedule): Contender {
  return {
    name: STANDING,
    isOurs: true,
    make: (index, { pinned = [] }) => completeSchedule(index, standing, pinned),
  };
}

function machineFor(index: InstanceIndex, told: MachineModel = REFERENCE_MACHINE): MachineModel {
  const { kvCapacity } = index.instance;
  const fits = index.out.every((out, call) => index.promptTokens[call]! + out <= kvCapacity);
  return fits ? told : { kind: 'token-steps' };
}
