import { nestedSchedule } from '../algorithm1/nested-schedule.ts';
import { balancedPlacement } from '../balanced-placement.ts';
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
import { querySlices } from '../query-slices.ts';
import { simulateFeasible } from '../simulation/simulate.ts';
import { REFERENCE_MACHINE } from '../simulation/step-timing.ts';
import { criticalPathPrefixSchedule } from './critical-path-prefix.ts';
import { lspfSchedule } from './lspf.ts';
import { operatorWiseSchedule } from './operator-wise.ts';
import { queryWiseSchedule } from './query-wise.ts';
import { randomSchedule } from './random.ts';
import { rowBoundSchedule } from './row-bound.ts';

interface Contender {
  readonly name: string;
  readonly make: (index: InstanceIndex, options: SchedulingOptions) => Schedule;
  /**
   * Makes nothing of batches with more operators (times workers): its time grows with the square.
   */
  readonly operatorsAtMost?: number;
}

const swept = (lambda: number): Contender => ({
  name: `critical path, prefixes ×${lambda}`,
  make: (index, { pinned }) => criticalPathPrefixSchedule(index, lambda, pinned),
});

const rowBound = (lambda: number): Contender => ({
  name: `rows on one worker, prefixes ×${lambda}`,
  make: (index, { pinned }) => rowBoundSchedule(index, lambda, pinned),
});

/** Most useful first: large batches have time for the first few only. */
const CONTENDERS: readonly Contender[] = [
  swept(64),
  rowBound(16),
  rowBound(1),
  swept(4),
  swept(256),
  { name: 'longest shared prefix', make: lspfSchedule },
  { name: 'query by query', make: queryWiseSchedule },
  swept(16),
  swept(1),
  rowBound(256),
  swept(0),
  { name: 'operator by operator', make: operatorWiseSchedule },
  { name: 'random', make: (index, { seed }) => randomSchedule(index, seed) },
  {
    name: 'algorithm 1, even placement',
    make: (index) => nestedSchedule(index, balancedPlacement(index)),
    operatorsAtMost: 512,
  },
  {
    name: 'algorithm 1, slices',
    make: (index) => nestedSchedule(index, querySlices(index)),
    operatorsAtMost: 512,
  },
];

/** Calls judged in total, all contenders together: keeps 1,000 calls within 150 ms. */
const CALL_BUDGET = 12_000;
/** Contenders at least: for a batch of up to `largeFrom` calls, and above. */
const AT_LEAST = { small: 4, large: 2, largeFrom: 20_500 } as const;

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
  schedule: (instance, options) => portfolioPlan(indexInstance(instance), options).schedule,
  plan: portfolioPlan,
};

function portfolioPlan(index: InstanceIndex, options: SchedulingOptions): PolicyPlan {
  const candidates: Candidate[] = [];
  let best: Schedule = { workers: [] };
  let chosen: Candidate | undefined;
  const machine = machineFor(index, options.machine);
  for (const { name, make } of contendersFor(index)) {
    const made = pinCalls(index.instance, make(index, options), options.pinned ?? []);
    const schedule = { workers: made.workers, execution: BEST_EFFORT };
    const candidate = { name, ...judge(index, schedule, machine) };
    candidates.push(candidate);
    if (chosen && !isBetter(candidate, chosen)) continue;
    chosen = candidate;
    best = schedule;
  }
  return { schedule: best, candidates, ...(chosen && { chosen }) };
}

/** Of equal costs the one that computes less. */
function isBetter(a: Candidate, b: Candidate): boolean {
  return a.cost < b.cost || (a.cost === b.cost && a.hitRate > b.hitRate);
}

function contendersFor(index: InstanceIndex): readonly Contender[] {
  const { calls, workers } = index.instance;
  const operators = new Set(calls.map((call) => call.op)).size * workers;
  const able = CONTENDERS.filter(
    ({ operatorsAtMost }) => operatorsAtMost === undefined || operators <= operatorsAtMost,
  );
  const least = calls.length <= AT_LEAST.largeFrom ? AT_LEAST.small : AT_LEAST.large;
  return able.slice(0, Math.max(least, Math.floor(CALL_BUDGET / Math.max(1, calls.length))));
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
