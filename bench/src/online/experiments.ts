import type { RunOptions } from '@helium/coordinator/online';
import { createPrng } from '@helium/shared';
import type { ClusterOptions, ClusterReport, EndedCall, OnlineRun } from './cluster-report.ts';
import { type ClusterShape, callsPerRow, type FamilyName, familyInstance } from './families.ts';
import { VirtualCluster } from './virtual-cluster.ts';

/** KV and batch of every worker here: one H100-class GPU, as in `suite-large.json`. */
const GPU = { kvCapacity: 262_144, maxSeqs: 64 } as const;

function shapeOf(workers: number): ClusterShape {
  return { workers, ...GPU };
}

/** So many whole rows of a family as come nearest to a number of calls; at least one. */
function rowsFor(family: FamilyName, calls: number): number {
  return Math.max(1, Math.round(calls / callsPerRow(family)));
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

export interface Arrival {
  readonly family: FamilyName;
  readonly live: number;
  readonly added: number;
  readonly workers: number;
  /** Processor time from the run's arrival until the first of its calls have places and are sent, ms. */
  readonly placedMs: number;
  /** Final makespan over that of the two runs planned and begun together. */
  readonly ratio: number;
}

/** A run of `added` calls comes while one of `live` calls is at 9 % of the makespan of both together. */
export async function measureArrival(
  family: FamilyName,
  seed: number,
  size: { readonly live: number; readonly added: number; readonly workers: number },
): Promise<Arrival> {
  const [first, second] = [rowsFor(family, size.live), rowsFor(family, size.added)];
  const instance = familyInstance(family, seed, [first, second], shapeOf(size.workers));
  const split = first * callsPerRow(family);
  const runs = (at: number): OnlineRun[] => [
    { name: 'first', at: 0, calls: range(0, split) },
    { name: 'second', at, calls: range(split, instance.calls.length) },
  ];
  const together = await new VirtualCluster({ instance, runs: runs(0) }).run();
  const apart = await new VirtualCluster({ instance, runs: runs(0.09 * together.makespan) }).run();
  return {
    family,
    live: split,
    added: instance.calls.length - split,
    workers: size.workers,
    placedMs: apart.placedMs.get('second') ?? Number.NaN,
    ratio: apart.makespan / together.makespan,
  };
}

export interface Ratio {
  readonly family: FamilyName;
  readonly calls: number;
  readonly workers: number;
  /** By seed. */
  readonly ratios: readonly number[];
}

/** Lengths expected wrongly, log-normal with σ = 0.5, against the same planner that knows them. */
export async function measureWrongLengths(
  family: FamilyName,
  seeds: readonly number[],
  size: { readonly calls: number; readonly workers: number },
): Promise<Ratio> {
  const rows = rowsFor(family, size.calls);
  const ratios: number[] = [];
  for (const seed of seeds) {
    const instance = familyInstance(family, seed, [rows], shapeOf(size.workers));
    const runs = [{ name: 'run', at: 0, calls: range(0, instance.calls.length) }];
    const random = createPrng(seed + 77);
    const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const expected = Int32Array.from(instance.calls, ({ out }) =>
      Math.max(1, Math.round(out * Math.exp(0.5 * normal()))),
    );
    const known = await new VirtualCluster({ instance, runs }).run();
    const wrong = await new VirtualCluster({ instance, runs, expected }).run();
    ratios.push(wrong.makespan / known.makespan);
  }
  return { family, calls: rows * callsPerRow(family), workers: size.workers, ratios };
}

/**
 * One worker is `slowness` times slower from a share `from` of the makespan on, against what the cluster's
 * speed would allow then: the makespan of equal workers, the rest of it stretched by what is missing.
 */
export async function measureStraggler(
  family: FamilyName,
  seeds: readonly number[],
  size: {
    readonly calls: number;
    readonly workers: number;
    readonly slowness: number;
    readonly from: number;
  },
): Promise<Ratio> {
  const { workers, slowness, from } = size;
  const rows = rowsFor(family, size.calls);
  const ratios: number[] = [];
  for (const seed of seeds) {
    const instance = familyInstance(family, seed, [rows], shapeOf(workers));
    const runs = [{ name: 'run', at: 0, calls: range(0, instance.calls.length) }];
    const even = await new VirtualCluster({ instance, runs }).run();
    const slowdowns = [{ worker: 0, at: from * even.makespan, slowness }];
    const slow = await new VirtualCluster({ instance, runs, slowdowns }).run();
    const ideal = even.makespan * (from + ((1 - from) * workers) / (workers - 1 + 1 / slowness));
    ratios.push(slow.makespan / ideal);
  }
  return { family, calls: rows * callsPerRow(family), workers, ratios };
}

/**
 * Schedules improved while calls run, `improveMs` for each, against first schedules alone, on workers that
 * step few calls together: most of the batch is not sent when the first improvement comes.
 */
export async function measureImproving(
  family: FamilyName,
  seeds: readonly number[],
  { calls, workers, improveMs }: { calls: number; workers: number; improveMs: number },
): Promise<Ratio> {
  const rows = rowsFor(family, calls);
  const ratios: number[] = [];
  for (const seed of seeds) {
    const limits = { workers, kvCapacity: GPU.kvCapacity / 4, maxSeqs: GPU.maxSeqs / 4 };
    const instance = familyInstance(family, seed, [rows], limits);
    const runs = [{ name: 'run', at: 0, calls: range(0, instance.calls.length) }];
    const first = await new VirtualCluster({ instance, runs }).run();
    const improved = await new VirtualCluster({ instance, runs, improveMs }).run();
    ratios.push(improved.makespan / first.makespan);
  }
  return { family, calls: rows * callsPerRow(family), workers, ratios };
}

export interface Fairness {
  readonly family: FamilyName;
  readonly kvTokens: number;
  /** Of token time per tenant while both have calls: 1 is even, 0.5 is all to one. */
  readonly jain: number;
  readonly unfairJain: number;
  /** Hit rate over that of the same runs as one tenant's. */
  readonly reuse: number;
  /** Makespan over that of the same runs as one tenant's. */
  readonly makespan: number;
}

/** What an output token counts against a prompt token computed: their cost on the reference GPU. */
const OUTPUT_WEIGHT = 5;

/** A tenant with five times the calls of another, equal weights; the workers are never idle. */
export async function measureFairness(
  family: FamilyName,
  seed: number,
  size: { readonly calls: number; readonly workers: number; readonly kvTokens: number },
): Promise<Fairness> {
  const rows = rowsFor(family, size.calls);
  const large = Math.round((rows * 5) / 6);
  const limits = { workers: size.workers, kvCapacity: size.kvTokens, maxSeqs: GPU.maxSeqs };
  const instance = familyInstance(family, seed, [large, rows - large], limits);
  const split = large * callsPerRow(family);
  const runs = (tenants: readonly [string, string]): OnlineRun[] => [
    { name: 'large', tenant: tenants[0], at: 0, calls: range(0, split) },
    { name: 'small', tenant: tenants[1], at: 0, calls: range(split, instance.calls.length) },
  ];
  const fair = await new VirtualCluster({ instance, runs: runs(['a', 'b']) }).run();
  const unfair = await new VirtualCluster({ instance, runs: runs(['a', 'a']) }).run();
  return {
    family,
    kvTokens: size.kvTokens,
    jain: jainOf(fair),
    unfairJain: jainOf(unfair),
    reuse: fair.hitRate / unfair.hitRate,
    makespan: fair.makespan / unfair.makespan,
  };
}

/** Jain's index of the token time that the runs received while both had calls. */
function jainOf(report: ClusterReport): number {
  const received = [...tokenTimes(report).values()];
  const sum = received.reduce((total, each) => total + each, 0);
  const squares = received.reduce((total, each) => total + each * each, 0);
  return (sum * sum) / (received.length * squares);
}

/**
 * By run, of runs that begin together, for as long as each has calls that are not sent. What one was sent while the
 * other had no places yet counts: it is made up for behind it. A call's token time is spread over its time at the worker.
 */
function tokenTimes({ ended }: ClusterReport): Map<string, number> {
  const byRun = Map.groupBy(ended, ({ run }) => run);
  const lastSent = [...byRun.values()].map((calls) =>
    calls.reduce((last, { sentAt }) => Math.max(last, sentAt), 0),
  );
  const until = Math.min(...lastSent);
  const received = (calls: readonly EndedCall[]) =>
    calls.reduce((sum, { sentAt, at, prefilledTokens, outputTokens }) => {
      const inside = Math.max(0, Math.min(at, until) - sentAt);
      const tokens = prefilledTokens + OUTPUT_WEIGHT * outputTokens;
      return sum + (at > sentAt ? (tokens * inside) / (at - sentAt) : 0);
    }, 0);
  return new Map([...byRun].map(([run, calls]) => [run, received(calls)]));
}

export interface Urgency {
  readonly family: FamilyName;
  readonly calls: number;
  readonly workers: number;
  /** Token time of a run of priority 1 over that of an equal run of the tenant, while both have calls. */
  readonly share: number;
  /** End of a sixth of the batch over its deadline, which is three times what it takes alone; Infinity: not done. */
  readonly inTime: number;
  /** The same when nobody was told of the deadline. */
  readonly untold: number;
  /** Makespan of everything with that deadline over without. */
  readonly makespan: number;
}

/** Two runs of one tenant, begun together: with different priorities, and one with a deadline. */
export async function measureUrgency(
  family: FamilyName,
  seed: number,
  size: { readonly calls: number; readonly workers: number },
): Promise<Urgency> {
  const rows = rowsFor(family, size.calls);
  const half = Math.ceil(rows / 2);
  const equal = await new VirtualCluster(
    twoRuns(family, seed, size.workers, [half, half], { priority: 1 }),
  ).run();
  const received = tokenTimes(equal);
  const sixth = Math.ceil(rows / 6);
  const unequal = [rows - sixth, sixth] as const;
  const play = async (options: Partial<RunOptions>, only?: string) => {
    const made = twoRuns(family, seed, size.workers, unequal, options);
    const runs = made.runs.filter(({ name }) => only === undefined || name === only);
    const report = await new VirtualCluster({ ...made, runs }).run();
    return { ...report, endMs: 1000 * report.runs.get('second')!.finished };
  };
  const deadlineMs = 3 * (await play({}, 'second')).endMs;
  const [calm, urgent] = [await play({}), await play({ deadlineMs })];
  return {
    family,
    calls: rows * callsPerRow(family),
    workers: size.workers,
    share: (received.get('second') ?? 0) / (received.get('first') ?? 0),
    inTime: urgent.endMs / deadlineMs,
    untold: calm.endMs / deadlineMs,
    makespan: urgent.makespan / calm.makespan,
  };
}

/** Runs of so many rows, both there from the beginning; the second has the options. */
function twoRuns(
  family: FamilyName,
  seed: number,
  workers: number,
  rows: readonly [number, number],
  options: Partial<RunOptions>,
): ClusterOptions {
  const instance = familyInstance(family, seed, rows, shapeOf(workers));
  const split = rows[0] * callsPerRow(family);
  const second = range(split, instance.calls.length);
  return {
    instance,
    runs: [
      { name: 'first', at: 0, calls: range(0, split) },
      { name: 'second', at: 0, calls: second, options },
    ],
  };
}
