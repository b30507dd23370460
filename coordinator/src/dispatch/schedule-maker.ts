import type { RunId } from '@helium/shared';
import type { WorkerRegistry } from '../cluster/index.ts';
import { planSchedule } from '../scheduler/index.ts';
import type { MadeSchedule } from './core/core-event.ts';
import type { DispatchCore } from './core/dispatch-core.ts';
import type { LivePrompts } from './live-prompts.ts';
import { type Pool, placesOf, poolProblem } from './make-schedule.ts';

/** What a run asks of the scheduler, and the salt of its tenant. */
export interface ScheduledRun {
  readonly policy: string;
  readonly seed: number;
  readonly cacheSalt: string;
}

/**
 * Schedules the live set anew, pool by pool. Runs share one schedule, so the policy is that of the run
 * accepted last. Throws SCHEDULE_INFEASIBLE or INVARIANT_BROKEN for a mistake of ours.
 */
export function makeSchedule(
  version: number,
  core: DispatchCore,
  prompts: LivePrompts,
  runs: ReadonlyMap<RunId, ScheduledRun>,
): MadeSchedule {
  const open = core.openCalls();
  const sent = core.sentCalls();
  const newest = [...runs.values()].at(-1);
  let inFlightMax = Number.POSITIVE_INFINITY;
  const workers = poolsOf(core.registry).flatMap((pool) => {
    const problem = poolProblem(prompts, pool, open, sent);
    const tree = prompts.treeOf(pool.model);
    if (problem === undefined || tree === undefined || newest === undefined) return [];
    const { instance, pinned } = problem;
    const planned = planSchedule({ instance, policy: newest.policy, seed: newest.seed, pinned });
    inFlightMax = Math.min(inFlightMax, planned.schedule.execution?.maxInflight ?? inFlightMax);
    return placesOf(tree, problem, planned, (run) => runs.get(run)?.cacheSalt ?? '');
  });
  return { version, inFlightMax, workers };
}

/** Workers that take calls, by model; a pool is as large as its smallest worker. */
export function poolsOf(registry: WorkerRegistry): Pool[] {
  return registry.models().flatMap((model) => {
    const workers = registry.ready(model).map(({ identity }) => identity);
    const [first] = workers;
    if (first === undefined) return [];
    return {
      model,
      workers: workers.map(({ workerId }) => workerId),
      kvTokens: Math.min(...workers.map(({ kvTokens }) => kvTokens)),
      maxBatch: Math.min(...workers.map(({ maxBatch }) => maxBatch)),
      blockTokens: first.blockTokens,
    };
  });
}
