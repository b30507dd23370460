import { nestedSchedule } from '../algorithm1/nested-schedule.ts';
import { balancedPlacement, splitPlacement } from '../balanced-placement.ts';
import type { MachineModel, Schedule, SchedulingOptions } from '../instance.ts';
import type { InstanceIndex } from '../instance-index.ts';
import { distribute } from '../order.ts';
import { prefixGroupPlacement } from '../prefix-group-placement.ts';
import { querySlices } from '../query-slices.ts';
import { REFERENCE_TIMING } from '../simulation/step-timing.ts';
import { upwardRanks } from '../upward-rank.ts';
import { criticalPathPrefixSchedule } from './critical-path-prefix.ts';
import { heftSchedule } from './heft.ts';
import { kvflowSchedule } from './kvflow.ts';
import { lspfSchedule } from './lspf.ts';
import { operatorWiseSchedule } from './operator-wise.ts';
import { parrotSchedule } from './parrot.ts';
import { queryWiseSchedule } from './query-wise.ts';
import { randomSchedule } from './random.ts';
import { rowBoundSchedule } from './row-bound.ts';

/** A schedule that the portfolio may make and compare. */
export interface Contender {
  readonly name: string;
  readonly make: (index: InstanceIndex, options: SchedulingOptions) => Schedule;
  /** Leaves batches with more operators (times workers that it plans for) alone: its time grows with the square. */
  readonly operatorsAtMost?: number;
  /** The same for calls. */
  readonly callsAtMost?: number;
  /** Leaves smaller batches alone, for which others are better. */
  readonly callsAtLeast?: number;
  /** Leaves batches alone that have begun: where lengths are not as expected it puts too much on few workers. */
  readonly isForFirst?: boolean;
  /** Leaves batches of more rows than one, and single workers, alone. */
  readonly isForOneRow?: boolean;
  /** Made for this planner: no mark to keep up with. */
  readonly isOurs?: boolean;
  /** Reuses what the published planner's schedules reuse. */
  readonly isPublished?: boolean;
}

const swept = (lambda: number): Contender => ({
  name: `critical path, prefixes ×${lambda}`,
  make: (index, { pinned }) => criticalPathPrefixSchedule(index, lambda, pinned),
});

const rowBound = (lambda: number): Contender => ({
  name: `rows on one worker, prefixes ×${lambda}`,
  make: (index, { pinned }) => rowBoundSchedule(index, lambda, pinned),
});

const rowsSplit = (lambda: number): Contender => ({
  name: `rows on one worker or cut between, prefixes ×${lambda}`,
  isOurs: true,
  make: (index, { pinned }) => rowBoundSchedule(index, lambda, pinned, splitPlacement(index)),
});

const prefixGroups = (parts: number, lambda: number, placing = 4): Contender => ({
  name: `prefix groups, ${parts} parts at ×${placing}, prefixes ×${lambda}`,
  isOurs: true,
  make: (index, options) =>
    rowBoundSchedule(index, lambda, options.pinned, inGroups(index, options, parts, placing)),
});

/** What shares most with the call before comes next, the longest way to the end decides between equals. */
const groupsInTenths = prefixGroups(10, 4096, 8);
const groupsInQuarters = prefixGroups(4, 16);

/** For searches that have time: sizes of parts, and what a prefix computed twice counts, differ by batch. */
const moreGroups = [1, 16].flatMap((lambda) =>
  [1, 8].flatMap((placing) =>
    [1.5, 3, 6, 10, 16].map((parts) => prefixGroups(parts, lambda, placing)),
  ),
);

const longestPrefix: Contender = { name: 'longest shared prefix', make: lspfSchedule };
const stepByStep: Contender = { name: 'step by step', make: kvflowSchedule };
const taskGroups: Contender = { name: 'task groups', make: parrotSchedule };
const heft: Contender = { name: 'earliest completion', make: heftSchedule, isForFirst: true };
const queryByQuery: Contender = { name: 'query by query', make: queryWiseSchedule };
const operators: Contender = { name: 'operator by operator', make: operatorWiseSchedule };
const random: Contender = {
  name: 'random',
  make: (index, { seed }) => randomSchedule(index, seed),
};
/** `critical_path_sliced` of `PROBLEM.md` section 7: calls by falling rank on the worker of their slice. */
const rankedSlices: Contender = {
  name: 'critical path, slices',
  isPublished: true,
  make: (index) => {
    const ranks = upwardRanks(index);
    const order = Array.from(ranks.keys()).sort((a, b) => ranks[b]! - ranks[a]! || a - b);
    return { workers: distribute(order, querySlices(index), index.instance.workers) };
  },
};
const algorithm1Even: Contender = {
  name: 'algorithm 1, even placement',
  isOurs: true,
  make: (index) => nestedSchedule(index, balancedPlacement(index)),
  operatorsAtMost: 512,
};
/** Large batches on few workers: it reuses what whole rows do, and ends before them. */
const algorithm1Groups: Contender = {
  name: 'algorithm 1, prefix groups, 10 parts at ×8',
  isOurs: true,
  make: (index, options) => nestedSchedule(index, inGroups(index, options, 10, 8)),
  operatorsAtMost: 512,
};
const algorithm1: Contender = {
  name: 'algorithm 1, slices',
  isPublished: true,
  make: (index) => nestedSchedule(index, querySlices(index)),
  operatorsAtMost: 512,
};

/** The published planner's call level: every call an operator of its own. */
const algorithm1Calls: Contender = {
  name: 'algorithm 1, call by call',
  isPublished: true,
  make: (index) => {
    const calls = index.instance.calls.map((call, op) => ({ ...call, op }));
    const single = { ...index, instance: { ...index.instance, calls } };
    return nestedSchedule(single, querySlices(index));
  },
  callsAtMost: 512,
};
/** Its operator level where there is one row: the first of the slices has it all. Not among the first to be made. */
const algorithm1OneWorker: Contender = {
  name: 'algorithm 1, one worker',
  isPublished: true,
  make: (index) => nestedSchedule(index, new Int32Array(index.callCount)),
  operatorsAtMost: 1024,
  isForOneRow: true,
};

/** Most useful first: large batches have time for the first few only. */
const CONTENDERS: Readonly<Record<MachineModel['kind'], readonly Contender[]>> = {
  'token-steps': [
    swept(64),
    swept(256),
    longestPrefix,
    algorithm1,
    swept(1024),
    swept(16),
    heft,
    algorithm1Even,
    swept(4),
    random,
    swept(0),
    swept(1),
    rowBound(16),
    algorithm1Groups,
    operators,
    queryByQuery,
  ],
  'continuous-batching': [
    rankedSlices,
    groupsInTenths,
    queryByQuery,
    rowBound(16),
    groupsInQuarters,
    rowBound(1),
    algorithm1,
    swept(256),
    { ...algorithm1Groups, callsAtLeast: 1_000 },
    heft,
    swept(64),
    rowsSplit(64),
    stepByStep,
    rowBound(256),
    longestPrefix,
    swept(0),
    random,
    algorithm1Calls,
    swept(16),
    algorithm1Even,
    rowsSplit(1),
    swept(4),
    swept(1),
    taskGroups,
    operators,
    algorithm1OneWorker,
    ...moreGroups,
  ],
};

function inGroups(
  index: InstanceIndex,
  { machine }: SchedulingOptions,
  parts: number,
  placing: number,
): Int32Array {
  const timing = machine?.kind === 'continuous-batching' ? machine.timing : REFERENCE_TIMING;
  return prefixGroupPlacement(index, { timing, parts, lambda: placing });
}

/** Those that can be made of a batch on the machine told, most useful first; `isBegun`: some of it runs. */
export function contendersFor(
  index: InstanceIndex,
  kind: MachineModel['kind'],
  isBegun = false,
): Contender[] {
  const { calls, workers } = index.instance;
  const operators = new Set(calls.map((call) => call.op)).size;
  const isOneRow = calls.every(({ query }) => query === calls[0]!.query);
  return CONTENDERS[kind].filter(
    (each) =>
      !(isBegun && each.isForFirst) &&
      (each.isForOneRow !== true || (isOneRow && workers > 1)) &&
      operators * (each.isForOneRow ? 1 : workers) <= (each.operatorsAtMost ?? Infinity) &&
      calls.length <= (each.callsAtMost ?? Infinity) &&
      calls.length >= (each.callsAtLeast ?? 0),
  );
}
