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
  poolProblem,
  sequencePlaces,
} from './make-schedule.ts';
import { mergeSequences } from './merge-sequences.ts';
import type { ScheduleThread } from './schedule-thread.ts';

/** What a run asks of the scheduler, and its tenant with its salt. */
export interface ScheduledRun {
  readonly tenant: TenantId;
  readonly policy: string;
  readonly seed: number;
  readonly cacheSalt: string;
}

/** Runs whose rows can be told apart by number. */
const RUNS_MAX = 2 ** 20;

/** The machine that schedules for a pool are judged by. */
export function machineOf(pool: Pool): MachineModel {
  return { kind: 'continuous-batching', timing: timingOf(pool) };
}

/**
 * Schedules the live set anew, pool by pool, and where several tenants have calls tenant by tenant: they
 * share no prefixes, and each is to have work on all workers. The policy is that of the run accepted
 * last. At once for small sets. Throws or rejects with SCHEDULE_INFEASIBLE or INVARIANT_BROKEN for a
 * mistake of ours.
 */
export function makeSchedule(
  version: number,
  core: DispatchCore,
  prompts: LivePrompts,
  runs: ReadonlyMap<RunId, ScheduledRun>,
  thread: Pick<ScheduleThread, 'plan'>,
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
      const places = placesOf(problem, (run) => runs.get(run)?.cacheSalt ?? '');
      const { policy = '', seed = 0 } = newest ?? {};
      return { pool, places, planned: thread.plan({ instance, policy, seed, pinned, machine }) };
    });
  });
  const combine = (made: readonly WorkerSequence[][]): MadeSchedule => ({
    version,
    workers: poolwise(parts, made, core.planning),
  });
  const finish = (made: readonly PlannedSchedule[]) =>
    combine(parts.map(({ places }, i) => sequencePlaces(places, made[i] as PlannedSchedule)));
  const done = parts.flatMap(({ planned }) => (planned instanceof Promise ? [] : planned));
  if (done.length === parts.length) return finish(done);
  return Promise.all(parts.map(({ planned }) => planned)).then(finish);
}

/** The calls of a tenant in a pool. */
interface PlannedPart {
  readonly pool: Pool;
  readonly places: PoolPlaces;
  readonly planned: PlannedSchedule | Promise<PlannedSchedule>;
}

/** `made`: by place in `parts`. */
function poolwise(
  parts: readonly PlannedPart[],
  made: readonly WorkerSequence[][],
  planning: PlanningView,
): WorkerSequence[] {
  const pools = Map.groupBy(
    parts.map(({ pool }, i) => ({ pool, sequences: made[i] ?? [] })),
    ({ pool }) => pool,
  );
  const works = new Map<WorkerId, (place: Place) => number>();
  const workAt = (worker: WorkerId) => {
    const work = works.get(worker) ?? planning.workAt(worker);
    works.set(worker, work);
    return work;
  };
  const ground = {
    loadOf: (worker: WorkerId) => planning.sentWork(worker),
    workOf: (worker: WorkerId, place: Place) => workAt(worker)(place),
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
