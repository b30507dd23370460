import { evaluateTokenSteps } from './cost-model.ts';
import type {
  ClusterState,
  Instance,
  MachineModel,
  PinnedCall,
  Schedule,
  StandingSchedule,
} from './instance.ts';
import type { InstanceIndex } from './instance-index.ts';
import { indexInstance } from './instance-index.ts';
import { checkPins, pinCalls } from './pin-calls.ts';
import { DEFAULT_POLICY, requirePolicy } from './policies/index.ts';
import type { Candidate, PolicyPlan } from './policy.ts';
import { ScheduleImprovement } from './search/improve-schedule.ts';
import { flattenSchedule } from './sequences.ts';
import { checkStanding } from './standing-schedule.ts';

export interface PlanScheduleInput {
  readonly instance: Instance;
  /** Name of a policy; '' for the default. */
  readonly policy: string;
  /** For the policies that choose by chance. */
  readonly seed: number;
  /** What schedules are judged by; absent: continuous batching on the reference GPU. */
  readonly machine?: MachineModel;
  /** Calls that are on a worker already, in the order in which they were sent. */
  readonly pinned?: readonly PinnedCall[];
  /** For `improveSchedule`: what is to be bettered. Pinned calls need no place in it. */
  readonly standing?: StandingSchedule;
  /** Where the workers are; absent: nothing has begun. */
  readonly state?: ClusterState;
}

export interface ScheduleReport {
  readonly policy: string;
  /** Token steps (`PROBLEM.md`, section 3). */
  readonly makespan: number;
  /** Prompt tokens reused over prompt tokens, in the token-step model. */
  readonly hitRate: number;
  readonly savedTokens: number;
  readonly promptTokens: number;
  /** Schedules compared on the way, with their cost; empty for a policy that makes one. */
  readonly candidates: readonly Candidate[];
  /** The one of them that was chosen. */
  readonly chosen?: Candidate;
}

export interface PlannedSchedule {
  readonly schedule: Schedule;
  /** The schedule flattened: per worker its calls in order. */
  readonly sequences: readonly (readonly number[])[];
  /** Same shape: the group of each call, for schedules with a barrier. */
  readonly groups: readonly (readonly number[])[];
  readonly report: ScheduleReport;
}

/**
 * The door of the room: who runs what, in which order. Same input, same schedule, always. Throws
 * OPTIONS_INVALID for an unknown policy and SCHEDULE_INFEASIBLE for pins that cannot be.
 */
export function planSchedule(input: PlanScheduleInput): PlannedSchedule {
  const { instance, seed, machine, pinned = [], state } = input;
  checkPins(instance, pinned);
  const policy = requirePolicy(input.policy);
  const index = indexInstance(instance);
  const plan = policy.plan(index, {
    seed,
    pinned,
    ...(machine && { machine }),
    ...(state && { state }),
  });
  return reported(index, policy.name, plan, pinned);
}

/**
 * Work units that a second stands for: half of what a core of a server of 2024 does in one. A fixed rate
 * rather than a clock, so that the same time gives the same schedule; a slower machine takes longer over
 * it, a faster one less.
 */
export const WORK_PER_SECOND = 10_000_000;

/** A schedule that gets better while there is time for it. */
export interface ImprovingSchedule {
  /** Whether all the work is done, or nothing is left to gain. */
  readonly done: boolean;
  /** Work units so far. */
  readonly work: number;
  /** Whether `planned()` is so much better than the standing schedule that it pays to change; true without one. */
  readonly isGain: boolean;
  /** Goes on for about so many work units; true when the schedule got better. */
  step(work: number): boolean;
  /** The best schedule so far: always feasible, never worse than before. */
  planned(): PlannedSchedule;
}

/**
 * As `planSchedule`, whose schedule it has at once, and goes on improving it in steps for `work` units in
 * all: about 50 ns each on one core. Same input and same `work`, same schedules, however the steps are
 * portioned. Only the default policy improves; the others are what they are.
 */
export function improveSchedule(input: PlanScheduleInput, work: number): ImprovingSchedule {
  const { instance, seed, machine, pinned = [], standing, state } = input;
  const { name } = requirePolicy(input.policy);
  if (name !== DEFAULT_POLICY) {
    const planned = planSchedule(input);
    const isGain = input.standing === undefined;
    return { done: true, work: 0, isGain, step: () => false, planned: () => planned };
  }
  checkPins(instance, pinned);
  if (standing) checkStanding(instance, standing);
  const index = indexInstance(instance);
  const options = {
    seed,
    pinned,
    ...(machine && { machine }),
    ...(standing && { standing }),
    ...(state && { state }),
  };
  const improvement = new ScheduleImprovement(index, options, work);
  return {
    get done() {
      return improvement.done;
    },
    get work() {
      return improvement.work;
    },
    get isGain() {
      return improvement.isGain;
    },
    step: (units) => improvement.step(units),
    planned: () => reported(index, name, improvement.plan(), pinned),
  };
}

/** What all of `work` makes of the standing schedule; undefined where that is not worth the change. */
export function betterSchedule(
  input: PlanScheduleInput,
  work: number,
): PlannedSchedule | undefined {
  const improving = improveSchedule(input, work);
  while (!improving.done) improving.step(work);
  return improving.isGain ? improving.planned() : undefined;
}

function reported(
  index: InstanceIndex,
  policy: string,
  plan: PolicyPlan,
  pinned: readonly PinnedCall[],
): PlannedSchedule {
  const { instance } = index;
  const schedule = pinCalls(instance, plan.schedule, pinned);
  const { makespan, hitRate, savedTokens, promptTokens } = evaluateTokenSteps(index, schedule);
  const { calls: sequences, groups } = flattenSchedule(instance, schedule);
  return {
    schedule,
    sequences,
    groups,
    report: {
      policy,
      makespan,
      hitRate,
      savedTokens,
      promptTokens,
      candidates: plan.candidates,
      ...(plan.chosen && { chosen: plan.chosen }),
    },
  };
}
