import {
  evaluateTokenSteps,
  improveSchedule,
  indexInstance,
  lowerBounds,
  planSchedule,
} from '@helium/coordinator/scheduler';
import { createPrng } from '@helium/shared';
import { debate, iterative, mapReduce, parallel, reflect, sharing, trading } from './families.ts';
import { answerBefore, mergeEqual, repeatRows } from './rewrites.ts';
import { type Batch, type BatchLimits, drawBatch, type Shape, type ShapeItem } from './shape.ts';
import { helium, type Machine, type Played, SYSTEMS } from './systems.ts';

/** The batches' sizes, and what they run on. */
export interface PaperOptions {
  readonly seed: number;
  /** Rows over the paper's. */
  readonly scale: number;
  readonly limits: BatchLimits;
  readonly machine: Machine;
  /** Helium's scheduling policy; '' for the default. */
  readonly policy: string;
}

/** One workload under all systems. */
export interface Comparison {
  readonly workload: string;
  readonly rows: number;
  readonly calls: number;
  readonly systems: readonly (Played & { readonly name: string; readonly ratio: number })[];
}

/** The primitive workflows with the paper's numbers of rows. */
const PRIMITIVES: readonly (readonly [() => Shape, number])[] = [
  [() => mapReduce('mmlu'), 200],
  [() => mapReduce('tatqa'), 600],
  [() => debate('mmlu'), 200],
  [() => debate('tatqa'), 600],
  [reflect, 1200],
  [iterative, 200],
  [parallel, 100],
];

const TRADING_ROWS = [8, 16, 32, 64, 80] as const;

/** Table 2. */
export function comparePrimitives(options: PaperOptions): Comparison[] {
  return PRIMITIVES.map(([shape, rows]) => compare(shape(), rows, options));
}

/** Figure 7. */
export function compareTrading(options: PaperOptions): Comparison[] {
  return TRADING_ROWS.map((rows) => compare(trading(), rows, options));
}

function compare(shape: Shape, paperRows: number, options: PaperOptions): Comparison {
  const rows = Math.max(2, Math.round(paperRows * options.scale));
  const batch = drawBatch(shape, rows, options.limits, createPrng(options.seed));
  const all = [...SYSTEMS, helium({ proactiveKv: true, policy: options.policy })];
  const played = all.map((system) => ({
    name: system.name,
    ...system.play(batch, options.machine),
  }));
  const own = played.at(-1)!.makespanSeconds;
  const systems = played.map((each) => ({ ...each, ratio: each.makespanSeconds / own }));
  return { workload: shape.name, rows, calls: batch.instance.calls.length, systems };
}

/** Seconds of one variant, over those of the whole system. */
export interface Variant {
  readonly name: string;
  readonly calls: number;
  readonly seconds: number;
  readonly ratio: number;
}

/** Operators whose inputs were the same the day before (paper, figure 6). */
const STATIC_DATA = /^fundamentals\./;

/**
 * Table 3: trading, 16 queries. The paper does not say which of its calls are equal; here 4 of the 16
 * queries ask for the stock of another.
 */
export function ablate(options: PaperOptions): Variant[] {
  const { limits, machine, seed, policy } = options;
  const rows = Math.max(4, Math.round(16 * options.scale));
  const drawn = drawBatch(trading(), rows, limits, createPrng(seed));
  const written = repeatRows(drawn, Math.floor(rows / 4));
  const answered = (batch: Batch) => answerBefore(batch, (name) => STATIC_DATA.test(name));
  const whole = helium({ proactiveKv: true, policy });
  const cases = [
    { name: 'Helium', batch: mergeEqual(answered(written)), system: whole },
    {
      name: 'without proactive KV',
      batch: mergeEqual(answered(written)),
      system: helium({ proactiveKv: false, policy }),
    },
    { name: 'without plan pruning', batch: answered(written), system: whole },
    { name: 'without prompt cache', batch: mergeEqual(written), system: whole },
    {
      name: 'without cache-aware scheduling',
      batch: mergeEqual(answered(written)),
      system: helium({ proactiveKv: true, policy: undefined }),
    },
  ];
  const played = cases.map(({ name, batch, system }) => ({
    name,
    calls: batch.instance.calls.length,
    seconds: system.play(batch, machine).makespanSeconds,
  }));
  return played.map((each) => ({ ...each, ratio: each.seconds / played[0]!.seconds }));
}

/** One policy's schedule. */
export interface PolicyResult {
  readonly policy: string;
  readonly seconds: number;
  readonly hitRate: number;
  readonly ratio: number;
}

const BASELINES = ['query-wise', 'operator-wise', 'random', 'lspf', 'paper'] as const;

/** Table 4: trading, 16 queries, nothing but the order and place of calls. */
export function scheduleOnly(options: PaperOptions): PolicyResult[] {
  const { limits, machine, seed } = options;
  const rows = Math.max(4, Math.round(16 * options.scale));
  const batch = drawBatch(trading(), rows, limits, createPrng(seed));
  const results = [...BASELINES, options.policy].map((policy) => {
    const played = helium({ proactiveKv: false, policy }).play(batch, machine);
    const name = policy === options.policy ? 'helium' : policy;
    return { policy: name, seconds: played.makespanSeconds, hitRate: played.hitRate };
  });
  const own = results.at(-1)!.seconds;
  return results.map((each) => ({ ...each, ratio: each.seconds / own }));
}

/** Token steps of each policy over the lower bound and over the best found, per scaled-down instance. */
export interface GapResult {
  readonly instance: string;
  readonly calls: number;
  readonly bound: number;
  readonly policies: readonly {
    readonly policy: string;
    readonly overBound: number;
    readonly overBest: number;
  }[];
}

/** Work units of the search beside the policies: some 0.2 s an instance at the paper's scale. */
const SEARCH_WORK = 4_000_000;

/** Table 5: one worker with 8,192 tokens, token steps; 2 to 4 queries of each workflow. */
export function optimalityGap({ seed, policy, scale }: PaperOptions): GapResult[] {
  const limits = { workers: 1, kvCapacity: 8192, maxSeqs: 64, maxBatchedTokens: 2048 };
  const machine = { kind: 'token-steps' } as const;
  return PRIMITIVES.map(([make], i) => {
    const { instance } = drawBatch(fewAgents(make()), 2 + (i % 3), limits, createPrng(seed + i));
    const index = indexInstance(instance);
    const bound = lowerBounds(index).greatest;
    const made = [...BASELINES, policy].map((name) => {
      const { schedule } = planSchedule({ instance, policy: name, seed: 1, machine });
      const { makespan } = evaluateTokenSteps(index, schedule);
      return { policy: name === policy ? 'helium' : name, makespan };
    });
    const work = SEARCH_WORK * Math.min(1, scale);
    const search = improveSchedule({ instance, policy: '', seed: 1, machine }, work);
    while (!search.done) search.step(work);
    const { makespan } = evaluateTokenSteps(index, search.planned().schedule);
    const all = [...made, { policy: 'helium, searched', makespan }];
    const best = Math.min(...all.map((each) => each.makespan));
    const policies = all.map((each) => ({
      policy: each.policy,
      overBound: each.makespan / bound,
      overBest: each.makespan / best,
    }));
    return { instance: instance.name, calls: instance.calls.length, bound, policies };
  });
}

/** At most four agents of a kind, as in the paper's scaled-down instances. */
function fewAgents(shape: Shape): Shape {
  const isKept = shape.operators.map(({ agent }) => !/^expert([4-9]|1\d)$/.test(agent));
  const placeOf = new Map<number, number>();
  for (const [place, kept] of isKept.entries()) if (kept) placeOf.set(place, placeOf.size);
  const operators = shape.operators.flatMap((operator, place) => {
    if (!isKept[place]) return [];
    const template = operator.template.flatMap((item): ShapeItem[] => {
      if (item.kind !== 'output') return [item];
      const moved = placeOf.get(item.operator);
      return moved === undefined ? [] : [{ kind: 'output', operator: moved }];
    });
    return [{ ...operator, template }];
  });
  return { ...shape, operators };
}

/** Helium against LangGraph on prompts that share more or less. */
export interface SharingResult {
  readonly kind: string;
  /** System, context, question and output tokens. */
  readonly lengths: string;
  readonly speedup: number;
}

const SHARINGS = [
  [1024, 128, 128, 64],
  [1024, 512, 512, 256],
  [1024, 1024, 1024, 512],
  [2048, 256, 256, 128],
  [2048, 1024, 1024, 512],
  [2048, 2048, 2048, 1024],
] as const;

/** Figure 10: 100 queries. */
export function sharingSensitivity(options: PaperOptions): SharingResult[] {
  return (['mapred', 'debate'] as const).flatMap((kind) =>
    SHARINGS.map((lengths) => {
      const { systems } = compare(sharing(kind, lengths), 100, options);
      const speedup = systems.find(({ name }) => name === 'LangGraph')!.ratio;
      return { kind, lengths: lengths.join('/'), speedup };
    }),
  );
}
