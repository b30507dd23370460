import type { RunId } from '@helium/shared';
import { DEFAULT_POLICY, planSchedule } from '../scheduler/index.ts';
import type { WorkerSequence } from './core/core-event.ts';
import type { DispatchCore } from './core/dispatch-core.ts';
import { laySequences } from './lay-sequences.ts';
import type { LivePrompts } from './live-prompts.ts';
import { type PoolProblem, placesOf, poolProblem, sequencePlaces } from './make-schedule.ts';
import { poolsOf, type ScheduledRun } from './schedule-maker.ts';

/** New calls beyond which they wait for the schedule: placing them would hold everything else up. */
const CALLS_MAX = 4000;

/**
 * Places for calls that have none, beside the schedule that stands: the new calls alone are planned in
 * one constructive pass, as if the workers were idle, and laid on the workers where they end first.
 * O(new calls · log + workers²); nothing of what is placed already is looked at again.
 */
export function placeCalls(
  core: DispatchCore,
  prompts: LivePrompts,
  runs: ReadonlyMap<RunId, ScheduledRun>,
): WorkerSequence[] {
  const open = core.planning.unplacedCalls();
  const newest = [...runs.values()].at(-1);
  if (newest === undefined || open.length > CALLS_MAX) return [];
  return poolsOf(core.registry, (worker) => core.planning.isSlow(worker)).flatMap((pool) => {
    const problem = poolProblem(prompts, pool, open, []);
    if (problem === undefined) return [];
    const { instance } = problem;
    const policy = constructivePolicy(newest.policy, problem);
    const planned = planSchedule({ instance, policy, seed: newest.seed });
    const places = placesOf(problem, (run) => runs.get(run)?.cacheSalt ?? '');
    return laySequences(sequencePlaces(places, planned), {
      loadOf: (worker) => core.planning.expectedWork(worker),
      workOf: (worker, place) => core.planning.workOf(worker, place),
      knows: (worker, prefix) => core.planning.knowsPrefix(worker, prefix),
    });
  });
}

/** Whole rows to a worker where there are enough of them; the longest way to the end first otherwise. */
function constructivePolicy(policy: string, { instance, pool }: PoolProblem): string {
  if (policy !== '' && policy !== DEFAULT_POLICY) return policy;
  const rows = new Set(instance.calls.map(({ query }) => query)).size;
  return rows >= pool.workers.length ? 'row-bound' : 'critical-path-prefix';
}
