import type { RunId, TenantId, WorkerId } from '@helium/shared';
import type { WorkerRegistry } from '../cluster/index.ts';
import type { MachineModel, PlannedSchedule } from '../scheduler/index.ts';
import type { TreePaths } from '../trt/index.ts';
import type { MadeSchedule, NodeRef, WorkerSequence } from './core/core-event.ts';
import type { DispatchCore } from './core/dispatch-core.ts';
import { timingOf } from './core/engine-timing.ts';
import type { PlanningView, SentCall } from './core/planning-view.ts';
import { keepRows } from './keep-rows.ts';
import { groundOf } from './lay-sequences.ts';
import type { LivePrompt, LivePrompts } from './live-prompts.ts';
import {
  type Pool,
  type PoolPlaces,
  type PoolProblem,
  placesOf,
  sequencePlaces,
  statingProblem,
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
  /** Sees each prompt before it is planned: more may be known of its length. */
  readonly renew?: (prompt: LivePrompt) => void;
}

const CALLS_PER_TURN = 1000;

/**
 * Schedules the live set anew, pool by pool, and where several tenants have calls tenant by tenant: they
 * share no prefixes, and each is to have work on all workers. The policy is that of the run accepted
 * last. At once for small sets; what is done to large ones is done in turns, and the live set is that of the beginning.
 * Throws or rejects with SCHEDULE_INFEASIBLE or INVARIANT_BROKEN for a mistake of ours.
 */
export function makeSchedule(
  version: number,
  core: DispatchCore,
  prompts: LivePrompts,
  runs: ReadonlyMap<RunId, ScheduledRun>,
  thread: Pick<ScheduleThread, 'plan'>,
  { turn, callsPerTurn = CALLS_PER_TURN, renew }: TurnTaking,
): MadeSchedule | Promise<MadeSchedule> {
  const newest = [...runs.values()].at(-1);
  const known = newest === undefined ? [] : core.planning.openCalls();
  const open = [...known, ...prompts.foreseenCalls];
  const sent = core.planning.sentCalls();
  const isSmall = open.length + sent.length <= callsPerTurn;
  const pools = poolsOf(core.registry, (worker) => core.planning.isSpared(worker)).map((pool) => {
    const tree = prompts.treeOf(pool.model);
    return { pool, paths: isSmall ? tree : tree?.snapshot() };
  });
  const tenants = [...Map.groupBy(open, ({ run }) => runs.get(run)?.tenant).values()];
  const { policy = '', seed = 0 } = newest ?? {};
  const plan = ({ pool, instance, pinned }: PoolProblem) =>
    thread.plan({ instance, policy, seed, pinned, machine: machineOf(pool) });
  const stating = statingParts(prompts, pools, tenants, sent, plan, renew);
  // A run may be gone before its calls are looked at.
  const salts = new Map([...runs].map(([run, { cacheSalt }]) => [run, cacheSalt]));
  const saltOf = (run: RunId) => salts.get(run) ?? '';
  const finish = (all: readonly PoolPlaces[], made: readonly PlannedSchedule[]) =>
    finishing(version, all, made, core.planning);
  /** The thread plans while places are made here. */
  const goOn = async (parts: readonly StatedPart[]) => {
    const planned = Promise.all(parts.map((part) => part.planned));
    const places = inTurns(placesOfAll(parts, saltOf), turn, callsPerTurn);
    const [all, made] = await Promise.all([places, planned]);
    return inTurns(finish(all, made), turn, callsPerTurn);
  };
  if (!isSmall) return inTurns(stating, turn, callsPerTurn).then(goOn);
  const parts = atOnce(stating);
  const done = parts.flatMap(({ planned }) => (planned instanceof Promise ? [] : planned));
  if (done.length < parts.length) return goOn(parts);
  return atOnce(finish(atOnce(placesOfAll(parts, saltOf)), done));
}

/** The calls of a tenant in a pool. */
interface StatedPart {
  readonly problem: PoolProblem;
  readonly planned: PlannedSchedule | Promise<PlannedSchedule>;
}

/** `pools`: each with its tree as it was when the calls were listed. `tenants`: the calls of each. */
function* statingParts(
  prompts: LivePrompts,
  pools: readonly { readonly pool: Pool; readonly paths: TreePaths | undefined }[],
  tenants: readonly (readonly NodeRef[])[],
  sent: readonly SentCall[],
  plan: (problem: PoolProblem) => StatedPart['planned'],
  renew?: (prompt: LivePrompt) => void,
): Portions<StatedPart[]> {
  const parts: StatedPart[] = [];
  const behind = tenants.length === 1 ? sent : [];
  for (const { pool, paths } of pools) {
    for (const open of tenants) {
      const problem = yield* statingProblem(prompts, pool, paths, open, behind, renew);
      if (problem === undefined) continue;
      const planned = plan(problem);
      // Who waits for all parts hears of it; until the last of them is stated nobody listens.
      if (planned instanceof Promise) planned.catch(() => {});
      parts.push({ problem, planned });
    }
  }
  return parts;
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
