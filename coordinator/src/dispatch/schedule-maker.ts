import type { RunId, TenantId, WorkerId } from '@helium/shared';
import type { WorkerRegistry } from '../cluster/index.ts';
import type { MachineModel, PlannedSchedule } from '../scheduler/index.ts';
import type {
  MadeSchedule,
  NodeRef,
  Place,
  StaticPrefix,
  WorkerSequence,
} from './core/core-event.ts';
import type { DispatchCore } from './core/dispatch-core.ts';
import { timingOf } from './core/engine-timing.ts';
import type { PlanningView } from './core/planning-view.ts';
import { keepRows } from './keep-rows.ts';
import type { LivePrompts } from './live-prompts.ts';
import {
  type Pool,
  type PoolPlaces,
  placesOf,
  placesPaced,
  poolProblem,
  sequencePlaces,
} from './make-schedule.ts';
import { mergeSequences } from './merge-sequences.ts';
import type { Pacer } from './pacer.ts';
import type { ScheduleThread } from './schedule-thread.ts';

/** What a run asks of the scheduler, and its tenant with its salt. */
export interface ScheduledRun {
  readonly tenant: TenantId;
  readonly policy: string;
  readonly seed: number;
  readonly cacheSalt: string;
}

/** More than there can be at once. */
const RUNS_MAX = 2 ** 12;

/** The machine that schedules for a pool are judged by. */
export function machineOf(pool: Pool): MachineModel {
  return { kind: 'continuous-batching', timing: timingOf(pool) };
}

/**
 * Schedules the live set anew, pool by pool, and where several tenants have calls tenant by tenant: they
 * share no prefixes, and each is to have work on all workers. The policy is that of the run accepted
 * last. At once for small sets; for others the event loop turns between the steps. Throws or rejects
 * with SCHEDULE_INFEASIBLE or INVARIANT_BROKEN for a mistake of ours.
 */
export function makeSchedule(
  version: number,
  core: DispatchCore,
  prompts: LivePrompts,
  runs: ReadonlyMap<RunId, ScheduledRun>,
  thread: Pick<ScheduleThread, 'plan'>,
  pacer: Pacer,
): MadeSchedule | Promise<MadeSchedule> {
  const newest = [...runs.values()].at(-1);
  const isSlow = (worker: WorkerId) => core.planning.isSlow(worker);
  const known = newest === undefined ? [] : core.planning.openCalls();
  const open = [...known, ...prompts.foreseenCalls];
  const sent = core.planning.sentCalls();
  const tenants = [...Map.groupBy(open, ({ run }) => runs.get(run)?.tenant).values()];
  const parts: PlannedPart[] = poolsOf(core.registry, isSlow).flatMap((pool) => {
    const problems = tenants.flatMap((own) => {
      const pinned = tenants.length === 1 ? sent : [];
      return poolProblem(prompts, pool, own, pinned) ?? [];
    });
    const machine = machineOf(pool);
    return problems.map((problem) => {
      const { instance, pinned } = problem;
      const { policy = '', seed = 0 } = newest ?? {};
      const planned = thread.plan({ instance, policy, seed, pinned, machine });
      const saltOf = (run: RunId) => runs.get(run)?.cacheSalt ?? '';
      if (planned instanceof Promise) {
        return { places: placesPaced(problem, saltOf, pacer), planned };
      }
      return { places: placesOf(problem, saltOf), planned };
    });
  });
  const finish = (made: readonly MadePart[]): MadeSchedule => ({
    version,
    workers: poolwise(made, core.planning),
  });
  const done = parts.flatMap(({ planned, places }) =>
    planned instanceof Promise || places instanceof Promise ? [] : { planned, places },
  );
  if (done.length === parts.length) return finish(done);
  return finishPaced(parts, finish, pacer);
}

async function finishPaced(
  parts: readonly PlannedPart[],
  finish: (made: readonly MadePart[]) => MadeSchedule,
  pacer: Pacer,
): Promise<MadeSchedule> {
  const made = parts.map(async (part) => {
    const [planned, places] = await Promise.all([part.planned, part.places]);
    return { planned, places };
  });
  const all = await Promise.all(made);
  await pacer.breathe();
  const schedule = finish(all);
  // Whoever waits for it puts it into force, which takes as long again.
  await pacer.breathe();
  return schedule;
}

/** The calls of a tenant in a pool. */
interface PlannedPart {
  readonly places: PoolPlaces | Promise<PoolPlaces>;
  readonly planned: PlannedSchedule | Promise<PlannedSchedule>;
}

/** The same when both are there. */
interface MadePart {
  readonly places: PoolPlaces;
  readonly planned: PlannedSchedule;
}

function poolwise(parts: readonly MadePart[], planning: PlanningView): WorkerSequence[] {
  const pools = Map.groupBy(
    parts.map(({ places, planned }) => ({
      pool: places.pool,
      sequences: sequencePlaces(places, planned),
    })),
    ({ pool }) => pool,
  );
  const works = new Map<WorkerId, (place: Place) => number>();
  const workOf = (worker: WorkerId, place: Place) => {
    const work = works.get(worker) ?? planning.workAt(worker);
    works.set(worker, work);
    return work(place);
  };
  const ground = {
    loadOf: (worker: WorkerId) => planning.sentWork(worker),
    workOf,
    knows: (worker: WorkerId, prefix: StaticPrefix) => planning.isResident(worker, prefix),
  };
  const anchorOf = planning.anchors();
  const numbers = new Map<RunId, number>();
  const rowOf = (call: NodeRef) => {
    const run = numbers.get(call.run) ?? numbers.size;
    numbers.set(call.run, run);
    return ((planning.rowOf(call) ?? -1) + 1) * RUNS_MAX + run;
  };
  return [...pools.values()].flatMap((tenants) => {
    const attached = tenants.map(({ sequences }) =>
      sequences.filter(({ worker }) => planning.isReady(worker)),
    );
    const [only = []] = attached;
    const merged = tenants.length === 1 ? only : mergeSequences(attached, ground);
    return keepRows(merged, { ...ground, anchorOf, rowOf });
  });
}

/** Workers that take calls, slow ones left out, by model; a pool is as large as its smallest worker. */
export function poolsOf(
  registry: WorkerRegistry,
  isSlow: (worker: WorkerId) => boolean = () => false,
): Pool[] {
  return registry.models().flatMap((model) => {
    const ready = registry.ready(model).map(({ identity }) => identity);
    const fast = ready.filter(({ workerId }) => !isSlow(workerId));
    const workers = fast.length > 0 ? fast : ready;
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
