import type { RunId } from '@helium/shared';
import type { WorkerRegistry } from '../cluster/index.ts';
import type { MachineModel, PlannedSchedule } from '../scheduler/index.ts';
import type { MadeSchedule } from './core/core-event.ts';
import type { DispatchCore } from './core/dispatch-core.ts';
import { timingOf } from './core/engine-timing.ts';
import type { LivePrompts } from './live-prompts.ts';
import {
  type Pool,
  type PoolPlaces,
  placesOf,
  poolProblem,
  sequencePlaces,
} from './make-schedule.ts';
import type { ScheduleThread } from './schedule-thread.ts';

/** What a run asks of the scheduler, and the salt of its tenant. */
export interface ScheduledRun {
  readonly policy: string;
  readonly seed: number;
  readonly cacheSalt: string;
}

/** The machine that schedules for a pool are judged by. */
export function machineOf(pool: Pool): MachineModel {
  return { kind: 'continuous-batching', timing: timingOf(pool) };
}

/**
 * Schedules the live set anew, pool by pool. Runs share one schedule, so the policy is that of the run
 * accepted last. At once for small sets. Throws or rejects with SCHEDULE_INFEASIBLE or INVARIANT_BROKEN
 * for a mistake of ours.
 */
export function makeSchedule(
  version: number,
  core: DispatchCore,
  prompts: LivePrompts,
  runs: ReadonlyMap<RunId, ScheduledRun>,
  thread: Pick<ScheduleThread, 'plan'>,
): MadeSchedule | Promise<MadeSchedule> {
  const open = core.planning.openCalls();
  const sent = core.planning.sentCalls();
  const newest = [...runs.values()].at(-1);
  const pools = poolsOf(core.registry).flatMap((pool) => {
    const problem = poolProblem(prompts, pool, open, sent);
    const tree = prompts.treeOf(pool.model);
    if (problem === undefined || tree === undefined || newest === undefined) return [];
    const { policy, seed } = newest;
    const { instance, pinned } = problem;
    const places = placesOf(tree, problem, (run) => runs.get(run)?.cacheSalt ?? '');
    const planned = thread.plan({ instance, policy, seed, pinned, machine: machineOf(pool) });
    return [{ places, planned }];
  });
  const done = pools.flatMap(({ places, planned }) =>
    planned instanceof Promise ? [] : [{ places, planned }],
  );
  if (done.length === pools.length) return combine(version, done);
  const all = pools.map(async ({ places, planned }) => ({ places, planned: await planned }));
  return Promise.all(all).then((made) => combine(version, made));
}

interface SequencedPool {
  readonly places: PoolPlaces;
  readonly planned: PlannedSchedule;
}

function combine(version: number, pools: readonly SequencedPool[]): MadeSchedule {
  return {
    version,
    workers: pools.flatMap(({ places, planned }) => sequencePlaces(places, planned)),
  };
}

/** Workers that take calls, by model; a pool is as large as its smallest worker. */
export function poolsOf(registry: WorkerRegistry): Pool[] {
  return registry.models().flatMap((model) => {
    const workers = registry.ready(model).map(({ identity }) => identity);
    const [first] = workers;
    if (first === undefined) return [];
    return {
      model,
      engine: first.engine,
      workers: workers.map(({ workerId }) => workerId),
      kvTokens: Math.min(...workers.map(({ kvTokens }) => kvTokens)),
      maxBatch: Math.min(...workers.map(({ maxBatch }) => maxBatch)),
      blockTokens: first.blockTokens,
    };
  });
}
