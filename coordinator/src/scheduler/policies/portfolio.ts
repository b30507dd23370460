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
import { boundPools, listSchedule } from '../list-schedule.ts';
import { pinCalls } from '../pin-calls.ts';
import type { Candidate, IndexedPolicy, PolicyPlan } from '../policy.ts';
import { querySlices } from '../query-slices.ts';
import { PrefixReadyCalls } from '../ready-calls.ts';
import { simulateFeasible } from '../simulation/simulate.ts';
import { REFERENCE_TIMING } from '../simulation/step-timing.ts';
import { upwardRanks } from '../upward-rank.ts';
import { criticalPathPrefixSchedule } from './critical-path-prefix.ts';
import { lspfSchedule } from './lspf.ts';
import { operatorWiseSchedule } from './operator-wise.ts';
import { queryWiseSchedule } from './query-wise.ts';
import { randomSchedule } from './random.ts';

type Maker = (index: InstanceIndex, options: SchedulingOptions) => Schedule;

const swept =
  (lambda: number): Maker =>
  (index, { pinned }) =>
    criticalPathPrefixSchedule(index, lambda, pinned);

const rowBound =
  (lambda: number): Maker =>
  (index, { pinned }) =>
    rowBoundSchedule(index, lambda, pinned);

/** Most useful first: large batches have time for the first few only. */
const CANDIDATES: readonly (readonly [name: string, make: Maker])[] = [
  ['critical path, prefixes ×64', swept(64)],
  ['rows on one worker, prefixes ×16', rowBound(16)],
  ['rows on one worker, prefixes ×1', rowBound(1)],
  ['critical path, prefixes ×4', swept(4)],
  ['critical path, prefixes ×256', swept(256)],
  ['longest shared prefix', (index) => lspfSchedule(index)],
  ['query by query', (index) => queryWiseSchedule(index)],
  ['critical path, prefixes ×16', swept(16)],
  ['critical path, prefixes ×1', swept(1)],
  ['rows on one worker, prefixes ×256', rowBound(256)],
  ['critical path', swept(0)],
  ['operator by operator', (index) => operatorWiseSchedule(index)],
  ['random', (index, { seed }) => randomSchedule(index, seed)],
  ['algorithm 1, even placement', (index) => nestedSchedule(index, balancedPlacement(index))],
  ['algorithm 1, slices', (index) => nestedSchedule(index, querySlices(index))],
];

/** Calls judged in total, all candidates together: keeps 1,000 calls within 150 ms. */
const CALL_BUDGET = 12_000;
/** Candidates at least: for a batch of up to 20,000 calls, and above. */
const LEAST_CANDIDATES = { small: 4, large: 2, largeFrom: 20_500 } as const;
/** Algorithm 1 grows with the square of the operators: above, it is left out. */
const OPERATOR_LIMIT = 256;

/**
 * Makes the schedules of several policies, all to be carried out best effort, judges each by the
 * machine model told (`PROBLEM.md`, section 3 or 5) and keeps the best; the first of equals. How many
 * are made depends on the batch's size alone, never on a clock.
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
  let least = Number.POSITIVE_INFINITY;
  for (const [name, make] of candidatesFor(index)) {
    const made = pinCalls(index.instance, make(index, options), options.pinned ?? []);
    const schedule = { workers: made.workers, execution: BEST_EFFORT };
    const judged = judge(index, schedule, options.machine);
    candidates.push({ name, ...judged });
    if (judged.cost >= least) continue;
    least = judged.cost;
    best = schedule;
  }
  return { schedule: best, candidates };
}

function candidatesFor(index: InstanceIndex) {
  const { calls, workers } = index.instance;
  const operators = new Set(calls.map((call) => call.op)).size;
  const affordable = CANDIDATES.filter(
    ([name]) => operators * workers <= OPERATOR_LIMIT || !name.startsWith('algorithm 1'),
  );
  const { small, large, largeFrom } = LEAST_CANDIDATES;
  const least = calls.length < largeFrom ? small : large;
  return affordable.slice(0, Math.max(least, Math.floor(CALL_BUDGET / Math.max(1, calls.length))));
}

function judge(index: InstanceIndex, schedule: Schedule, machine?: MachineModel) {
  if (machine?.kind === 'token-steps') {
    const { makespan, hitRate } = evaluateTokenSteps(index, schedule);
    return { cost: makespan, hitRate };
  }
  const timing = machine?.timing ?? REFERENCE_TIMING;
  const { makespanSeconds, hitRate } = simulateFeasible(index, schedule, timing);
  return { cost: makespanSeconds, hitRate };
}

/** The λ sweep where whole rows stay on one worker: its prefixes and answers are hit there later. */
function rowBoundSchedule(
  index: InstanceIndex,
  lambda: number,
  pinned: SchedulingOptions['pinned'],
): Schedule {
  const priority = {
    base: upwardRanks(index),
    perSharedToken: Float64Array.from(index.out, (tokens) => lambda * tokens),
  };
  const pools = Array.from(
    { length: index.instance.workers },
    () => new PrefixReadyCalls(index, priority),
  );
  return { workers: listSchedule(index, boundPools(balancedPlacement(index), pools), pinned) };
}
