import { evaluateTokenSteps } from '../cost-model.ts';
import {
  BEST_EFFORT,
  type MachineModel,
  type Schedule,
  type SchedulingOptions,
} from '../instance.ts';
import { type InstanceIndex, indexInstance } from '../instance-index.ts';
import { pinCalls } from '../pin-calls.ts';
import type { Candidate, IndexedPolicy, PolicyPlan } from '../policy.ts';
import { simulateFeasible } from '../simulation/simulate.ts';
import { REFERENCE_MACHINE } from '../simulation/step-timing.ts';
import { type Contender, contendersFor } from './contenders.ts';

/** Calls judged in total, all contenders together: keeps 1,000 calls within 150 ms. */
const CALL_BUDGET = 12_000;
/** Contenders at least: for a batch of up to `largeFrom` calls, and above. */
const AT_LEAST = { small: 4, large: 2, largeFrom: 10_000 } as const;

/**
 * Makes the schedules of several policies, all to be carried out best effort, judges each by the
 * machine model told (`PROBLEM.md`, section 3 or 5) and keeps the best; of equals the one that
 * reuses most, and the first of those. How many are made depends on the batch's size alone, never
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
  best: Schedule = { workers: [] };
  readonly #index: InstanceIndex;
  readonly #options: SchedulingOptions;
  readonly #left: Contender[];
  readonly #candidates: Candidate[] = [];
  #chosen: Candidate | undefined;

  constructor(index: InstanceIndex, options: SchedulingOptions) {
    const { calls } = index.instance;
    this.#index = index;
    this.#options = options;
    this.machine = machineFor(index, options.machine);
    this.#left = contendersFor(index, this.machine.kind);
    const least = calls.length < AT_LEAST.largeFrom ? AT_LEAST.small : AT_LEAST.large;
    const first = Math.max(least, Math.floor(CALL_BUDGET / Math.max(1, calls.length)));
    for (let i = 0; i < first; i++) this.next();
  }

  /** Whether every contender has been compared. */
  get done(): boolean {
    return this.#left.length === 0;
  }

  /** Compares the next contender; true when it is the best so far. */
  next(): boolean {
    const contender = this.#left.shift();
    if (contender === undefined) return false;
    const { instance } = this.#index;
    const pinned = this.#options.pinned ?? [];
    const made = pinCalls(instance, contender.make(this.#index, this.#options), pinned);
    const schedule = { workers: made.workers, execution: BEST_EFFORT };
    const candidate = { name: contender.name, ...judge(this.#index, schedule, this.machine) };
    this.#candidates.push(candidate);
    if (this.#chosen && !isBetter(candidate, this.#chosen)) return false;
    this.#chosen = candidate;
    this.best = schedule;
    return true;
  }

  /** The best so far, or the schedule of a search where that is better. */
  plan(found?: Schedule): PolicyPlan {
    const chosen = this.#chosen!;
    if (found === undefined) return { schedule: this.best, candidates: this.#candidates, chosen };
    const candidate = { name: 'search', ...judge(this.#index, found, this.machine) };
    const candidates = [...this.#candidates, candidate];
    if (!isBetter(candidate, chosen)) return { schedule: this.best, candidates, chosen };
    return { schedule: found, candidates, chosen: candidate };
  }
}

/** Of equal costs the one that computes less. */
function isBetter(a: Candidate, b: Candidate): boolean {
  return a.cost < b.cost || (a.cost === b.cost && a.hitRate > b.hitRate);
}

function machineFor(index: InstanceIndex, told: MachineModel = REFERENCE_MACHINE): MachineModel {
  const { kvCapacity } = index.instance;
  const fits = index.out.every((out, call) => index.promptTokens[call]! + out <= kvCapacity);
  return fits ? told : { kind: 'token-steps' };
}

function judge(index: InstanceIndex, schedule: Schedule, machine: MachineModel) {
  if (machine.kind === 'token-steps') {
    const { makespan, hitRate } = evaluateTokenSteps(index, schedule);
    return { cost: makespan, hitRate };
  }
  const { makespanSeconds, hitRate } = simulateFeasible(index, schedule, machine.timing);
  return { cost: makespanSeconds, hitRate };
}
