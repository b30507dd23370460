import type { RunId, TenantId, WorkerId } from '@helium/shared';
import type { WorkerRegistry } from '../cluster/index.ts';
import type { MachineModel, PlannedSchedule } from '../scheduler/index.ts';
import type { MadeSchedule, NodeRef, WorkerSequence } from './core/core-event.ts';
import type { DispatchCore } from './core/dispatch-core.ts';
import { timingOf } from './core/engine-timing.ts';
import type { PlanningView } from './core/planning-view.ts';
import { keepRows } from './keep-rows.ts';
import { groundOf } from './lay-sequences.ts';
import type { LivePrompts } from './live-prompts.ts';
import {
  type Pool,
  type PoolPlaces,
  type PoolProblem,
  placesOf,
  poolProblem,
  sequencePlaces,
} from './make-schedule.ts';
import { mergeSequences } from './merge-sequences.ts';
import { atOnce, inTurns, type Portions } from './portions.ts';
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

/** How long work makes way for others. */
export interface TurnTaking {
  /** Resolves after a turn of the event loop, in which anything may happen. */
  readonly turn: () => Promise<void>;
  /** Calls looked at between two turns. Default: 1000, some 5 ms. */
  readonly callsPerTurn?: number;
}

const CALLS_PER_TURN = 1000;

/**
 * Schedules the live set anew, pool by pool, and where several tenants have calls tenant by tenant: they
 * share no prefixes, and each is to have work on all workers. The policy is that of the run accepted
 * last. At once for small sets; what else is done to large ones than stating their problem is done in turns.
 * Throws or rejects with SCHEDULE_INFEASIBLE or INVARIANT_BROKEN for a mistake of ours.
 */
export function makeSchedule(
  version: number,
  core: DispatchCore,
  prompts: LivePrompts,
  runs: ReadonlyMap<RunId, ScheduledRun>,
  thread: Pick<ScheduleThread, 'plan'>,
  { turn, callsPerTurn = CALLS_PER_TURN }: TurnTaking,
): MadeSchedule | Promise<MadeSchedule> {
  const newest = [...runs.values()].at(-1);
  const isSlow = (worker: WorkerId) => core.planning.isSlow(worker);
  const known = newest === undefined ? [] : core.planning.openCalls();
  const open = [...known, ...prompts.foreseenCalls];
  const sent = core.planning.sentCalls();
  const tenants = [...Map.groupBy(open, ({ run }) => runs.get(run)?.tenant).values()];
  const parts: StatedPart[] = poolsOf(core.registry, isSlow).flatMap((pool) => {
    const problems = tenants.flatMap((own) => {
      const pinned = tenants.length === 1 ? sent : [];
      return poolProblem(prompts, pool, own, pinned) ?? [];
    });
    const machine = machineOf(pool);
    return problems.map((problem) => {
      const { instance, pinned } = problem;
      const { policy = '', seed = 0 } = newest ?? {};
      return { problem, planned: thread.plan({ instance, policy, seed, pinned, machine }) };
    });
  });
  // A run may be gone before its calls are looked at.
  const salts = new Map([...runs].map(([run, { cacheSalt }]) => [run, cacheSalt]));
  const places = placesOfAll(parts, (run) => salts.get(run) ?? '');
  const finish = (all: readonly PoolPlaces[], made: readonly PlannedSchedule[]) =>
    finishing(version, all, made, core.planning);
  const done = parts.flatMap(({ planned }) => (planned instanceof Promise ? [] : planned));
  if (done.length === parts.length) return atOnce(finish(atOnce(places), done));
  // The thread plans while places are made here.
  return Promise.all([
    inTurns(places, turn, callsPerTurn),
    Promise.all(parts.map(({ planned }) => planned)),
  ]).then(([all, made]) => inTurns(finish(all, made), turn, callsPerTurn));
}

/** The calls of a tenant in a pool. */
interface StatedPart {
  readonly problem: PoolProblem;
  readonly planned: PlannedSchedule | Promise<PlannedSchedule>;
}

function* placesOfAll(
  parts: readonly StatedPart[],
  saltOf: (run: RunId) => string,
): Portions<PoolPlaces[]> {
  const all: PoolPlaces[] = [];
  for (const { problem } of parts) all.push(yield* placesOf(problem, saltOf));
  return all;
}

/** `made`: the schedules of `places`, by place in it. */
function* finishing(
  version: number,
  places: readonly PoolPlaces[],
  made: readonly PlannedSchedule[],
  planning: PlanningView,
): Portions<MadeSchedule> {
  const pools = new Map<Pool, WorkerSequence[][]>();
  for (const [i, part] of places.entries()) {
    const sequences = sequencePlaces(part, made[i] as PlannedSchedule);
    pools.set(part.pool, [...(pools.get(part.pool) ?? []), sequences]);
    yield part.places.length;
  }
  return { version, workers: yield* poolwise([...pools.values()], planning) };
}

/** `pools`: by pool the sequences of each tenant. */
function* poolwise(
  pools: readonly (readonly WorkerSequence[][])[],
  planning: PlanningView,
): Portions<WorkerSequence[]> {
  const anchorOf = planning.anchors();
  const numbers = new Map<RunId, number>();
  const rowOf = (call: NodeRef) => {
    const run = numbers.get(call.run) ?? numbers.size;
    numbers.set(call.run, run);
    return ((planning.rowOf(call) ?? -1) + 1) * RUNS_MAX + run;
  };
  const workers: WorkerSequence[] = [];
  for (const tenants of pools) {
    const attached = tenants.map((sequences) =>
      sequences.filter(({ worker }) => planning.isReady(worker)),
    );
    const ground = groundOf(
      attached.flat().map(({ worker }) => worker),
      planning,
      {
        loadOf: (worker) => planning.sentWork(worker),
        knows: (worker, prefix) => planning.isResident(worker, prefix),
      },
    );
    const [only = []] = attached;
    const merged = tenants.length === 1 ? only : mergeSequences(attached, ground);
    workers.push(...(yield* keepRows(merged, { ...ground, anchorOf, rowOf })));
  }
  return workers;
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
