import { nestedSchedule } from '../algorithm1/nested-schedule.ts';
import { balancedPlacement, splitPlacement } from '../balanced-placement.ts';
import type { MachineModel, Schedule, SchedulingOptions } from '../instance.ts';
import type { InstanceIndex } from '../instance-index.ts';
import { distribute } from '../order.ts';
import { querySlices } from '../query-slices.ts';
import { upwardRanks } from '../upward-rank.ts';
import { criticalPathPrefixSchedule } from './critical-path-prefix.ts';
import { heftSchedule } from './heft.ts';
import { lspfSchedule } from './lspf.ts';
import { operatorWiseSchedule } from './operator-wise.ts';
import { queryWiseSchedule } from './query-wise.ts';
import { randomSchedule } from './random.ts';
import { rowBoundSchedule } from './row-bound.ts';

/** A schedule that the portfolio may make and compare. */
export interface Contender {
  readonly name: string;
  readonly make: (index: InstanceIndex, options: SchedulingOptions) => Schedule;
  /** Leaves batches with more operators (times workers) alone: its time grows with the square. */
  readonly operatorsAtMost?: number;
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
  make: (index, { pinned }) => rowBoundSchedule(index, lambda, pinned, splitPlacement(index)),
});

const longestPrefix: Contender = { name: 'longest shared prefix', make: lspfSchedule };
const heft: Contender = { name: 'earliest completion', make: heftSchedule };
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
  make: (index) => nestedSchedule(index, balancedPlacement(index)),
  operatorsAtMost: 512,
};
const algorithm1: Contender = {
  name: 'algorithm 1, slices',
  isPublished: true,
  make: (index) => nestedSchedule(index, querySlices(index)),
  operatorsAtMost: 512,
};

/** Most useful first: large batches have time for the first few only. */
const CONTENDERS: Readonly<Record<MachineModel['kind'], readonly Contender[]>> = {
  'token-steps': [
    swept(64),
    longestPrefix,
    swept(16),
    swept(256),
    swept(4),
    swept(0),
    heft,
    swept(1),
    swept(1024),
    algorithm1,
    algorithm1Even,
    random,
    operators,
    queryByQuery,
    rowBound(16),
  ],
  'continuous-batching': [
    rankedSlices,
    rowBound(16),
    algorithm1,
    rowsSplit(64),
    swept(64),
    rowBound(1),
    rowsSplit(1),
    swept(4),
    swept(256),
    longestPrefix,
    queryByQuery,
    swept(16),
    swept(1),
    rowBound(256),
    swept(0),
    heft,
    operators,
    random,
    algorithm1Even,
  ],
};

/** Those that can be made of a batch on the machine told, most useful first. */
export function contendersFor(index: InstanceIndex, kind: MachineModel['kind']): Contender[] {
  const { calls, workers } = index.instance;
  const operatorCount = new Set(calls.map((call) => call.op)).size * workers;
  return CONTENDERS[kind].filter(
    ({ operatorsAtMost }) => operatorsAtMost === undefined || operatorCount <= operatorsAtMost,
  );
}
