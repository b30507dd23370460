import type { RunId, TenantId, WorkerId } from '@helium/shared';
import {
  type ClusterState,
  DEFAULT_POLICY,
  isForced,
  type PlannedSchedule,
  type PlanScheduleInput,
  type StandingSchedule,
  WORK_PER_SECOND,
} from '../scheduler/index.ts';
import type { NodeRef, Place, StaticPrefix, WorkerSequence } from './core/core-event.ts';
import type { DispatchCore } from './core/dispatch-core.ts';
import type { LivePrompts } from './live-prompts.ts';
import { type Pool, type PoolProblem, poolProblem } from './make-schedule.ts';
import { machineOf, poolsOf, type ScheduledRun } from './schedule-maker.ts';
import type { ScheduleThread } from './schedule-thread.ts';

/** Places beyond which nothing is improved: stating so many would hold everything else up. */
const PLACES_MAX = 4000;

/** Work units for each call at most: what more finds in a few calls is nothing. */
const WORK_PER_CALL_MAX = 200_000;

/** Calls to find better places for, as a scheduling problem. */
interface Improvable {
  readonly input: PlanScheduleInput;
  /** Gives the places that are there the order found. */
  readonly rearrange: (planned: PlannedSchedule) => WorkerSequence[];
}

/**
 * Looks for a better order of the places that are there, for about `budgetMs` of a core, model by model.
 * Calls that workers have stay as they were sent, and calls of rows that have begun on their workers.
 * Empty where nothing is worth the change; where policies other than the default, or several tenants,
 * have calls; of very many places; and where there is one way only, as in a chain of calls that has begun.
 * Rejects with INVARIANT_BROKEN for a mistake of ours.
 */
export async function improvePlaces(
  budgetMs: number,
  core: DispatchCore,
  prompts: LivePrompts,
  runs: ReadonlyMap<RunId, ScheduledRun>,
  thread: Pick<ScheduleThread, 'improve'>,
): Promise<WorkerSequence[]> {
  const newest = [...runs.values()].at(-1);
  if (newest === undefined || (newest.policy !== '' && newest.policy !== DEFAULT_POLICY)) return [];
  const open = [...core.planning.openCalls(), ...prompts.foreseenCalls];
  if (open.length > PLACES_MAX || tenantsOf(open, runs).size > 1) return [];
  const sent = core.planning.sentCalls();
  const improvable = poolsOf(core.registry, (worker) => core.planning.isSpared(worker)).flatMap(
    (pool): Improvable | [] => {
      if (pool.workers.some((worker) => core.planning.isStrict(worker))) return [];
      const problem = poolProblem(prompts, pool, open, sent);
      return problem === undefined ? [] : improvableOf(core, problem, newest.seed);
    },
  );
  const share = (budgetMs / 1000) * (WORK_PER_SECOND / Math.max(1, improvable.length));
  const found = await Promise.all(
    improvable.map(async ({ input, rearrange }) => {
      const work = Math.min(share, WORK_PER_CALL_MAX * input.instance.calls.length);
      const planned = await thread.improve(input, work);
      return planned === undefined ? [] : rearrange(planned);
    }),
  );
  return found.flat();
}

function tenantsOf(
  calls: readonly NodeRef[],
  runs: ReadonlyMap<RunId, ScheduledRun>,
): ReadonlySet<TenantId | undefined> {
  return new Set(calls.map(({ run }) => runs.get(run)?.tenant));
}

/** None where nothing is to be found. */
function improvableOf(core: DispatchCore, problem: PoolProblem, seed: number): Improvable | [] {
  const { pool, instance, pinned, prompts } = problem;
  const { planning } = core;
  const callOf = new Map(prompts.map((prompt, call) => [keyOf(prompt), call]));
  const places = new Map<number, Place>();
  const workers = pool.workers.map((worker) =>
    planning.placesAt(worker).flatMap((place) => {
      const call = callOf.get(keyOf(place));
      if (call === undefined || call < pinned.length) return [];
      places.set(call, place);
      return [call];
    }),
  );
  const bound = boundCalls(core, pool, places);
  if (isForced(instance, pinned, bound)) return [];
  const standing: StandingSchedule = { workers, bound };
  return {
    input: {
      instance,
      policy: '',
      seed,
      machine: machineOf(pool),
      pinned,
      standing,
      state: stateOf(core, problem, places),
    },
    rearrange: ({ sequences }) =>
      pool.workers.map((worker, i) => ({
        worker,
        places: (sequences[i] ?? []).flatMap((call) => places.get(call) ?? []),
      })),
  };
}

/** What workers hold of the calls' static prefixes, and where they are in what they run. */
function stateOf(
  { planning }: DispatchCore,
  { pool, generated }: PoolProblem,
  places: ReadonlyMap<number, Place>,
): ClusterState {
  const callOf = new Map<StaticPrefix, number>();
  for (const [call, { prefixes }] of places) {
    const longest = prefixes.at(-1);
    if (longest !== undefined) callOf.set(longest, call);
  }
  const resident = pool.workers.flatMap((id, worker) =>
    [...callOf].flatMap(([prefix, call]) => {
      const tokens = planning.residentBlocks(id, prefix) * pool.blockTokens;
      return tokens === 0 ? [] : { worker, call, tokens };
    }),
  );
  const slowness = pool.workers.map((worker) => planning.slowness(worker));
  return { generated, resident, slowness };
}

/** Calls of rows that have begun, with the workers where what they reuse is. */
function boundCalls(
  { planning }: DispatchCore,
  pool: Pool,
  places: ReadonlyMap<number, Place>,
): { readonly call: number; readonly worker: number }[] {
  const anchorOf = planning.anchors();
  const numberOf = new Map<WorkerId | undefined, number>(pool.workers.map((id, i) => [id, i]));
  return [...places].flatMap(([call, place]) => {
    const worker = numberOf.get(anchorOf(place));
    return worker === undefined ? [] : { call, worker };
  });
}

function keyOf({ run, node }: NodeRef): string {
  return `${run}\n${node}`;
}
