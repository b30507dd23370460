import { createPrng } from '@helium/shared';
import type { Agenda } from './agenda.ts';
import type { RunCounts } from './checker.ts';
import type { SimulationOptions } from './cluster-options.ts';
import { type FaultCounts, startFaults } from './faults.ts';
import { arrivals, type Kind, loadKinds } from './workload.ts';
import { createWorld, type World, type WorldParts } from './world.ts';

/** What came of it. */
export interface SimulationReport {
  /** Over every event of every run, in order, with its time. */
  readonly digest: string;
  /** Broken promises; empty when all is well. */
  readonly faults: readonly string[];
  readonly faultCount: number;
  readonly counts: RunCounts;
  readonly workerFaults: FaultCounts;
  /** Calls that workers refused. */
  readonly refused: number;
  /** Calls that each worker ended otherwise. */
  readonly answered: readonly number[];
  readonly virtualMs: number;
  readonly steps: number;
  readonly schedules: number;
}

/** Told now and then. */
export type ProgressListener = (virtualMs: number, counts: RunCounts) => void;

/** Runs that say nothing for so long will never end: no call takes as long, however often its workers die. */
const SILENCE_MAX_MS = 30 * 60_000;

/**
 * Runs a world to its end: arrivals, then whatever they left to do. Deterministic. Never throws for a
 * broken promise: the report says which.
 */
export async function simulateCluster(
  options: SimulationOptions,
  onProgress?: ProgressListener,
): Promise<SimulationReport> {
  const world = await createWorld(options);
  const { agenda, checker, workers } = world;
  const { durationMs } = options.workload;
  const faultRandom = createPrng(options.seed * 4 + 1);
  for (const worker of workers) worker.start();
  const workerFaults = startFaults(agenda, workers, options.faults, durationMs, faultRandom);
  const coming = arrivals(
    await loadKinds(options.workflows),
    options.workload,
    createPrng(options.seed * 4),
  );
  let isDone = false;
  const submitNext = () => {
    const { value, done } = coming.next();
    isDone = done === true;
    if (done === true) return;
    agenda.after(Math.max(0, value.at - agenda.now), () => {
      submitNext();
      return world.submit(value);
    });
  };
  submitNext();
  if (onProgress !== undefined) {
    reportEvery(agenda, durationMs / 24, () => onProgress(agenda.now, checker.counts));
  }
  const isStuck = () => agenda.now - checker.heardAt > SILENCE_MAX_MS;
  await liveUntil(world, () => isDone && (checker.liveRuns === 0 || isStuck()));
  if (checker.liveRuns > 0) {
    const minutes = SILENCE_MAX_MS / 60_000;
    checker.fault(
      `${checker.liveRuns} runs have not ended and said nothing for ${minutes} minutes`,
    );
  }
  return conclude(world, workerFaults);
}

/** Runs one workflow over rows in a fresh world without faults, to its end. */
export async function simulateBatch(
  options: SimulationOptions,
  kind: Kind,
  rows: Kind['rows'],
  parts: WorldParts = {},
): Promise<SimulationReport> {
  const world = await createWorld(options, parts);
  for (const worker of world.workers) worker.start();
  const started = 10 * options.latencyMs;
  await liveUntil(world, () => world.agenda.now >= started);
  await world.submit({ kind, rows });
  await liveUntil(world, () => world.checker.liveRuns === 0);
  return conclude(world, { deaths: 0, slowTimes: 0, refusingTimes: 0 });
}

/** Lets things happen until then, or until nothing is left to happen. */
export async function liveUntil({ agenda }: World, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const action = agenda.next();
    if (action === undefined) return;
    const pending = action();
    if (pending !== undefined) await pending;
  }
}

/** Time after the last run's end in which messages arrive and dead workers come back. */
const REST_MS = 60_000;

async function conclude(world: World, workerFaults: FaultCounts): Promise<SimulationReport> {
  const { agenda, checker, workers } = world;
  const until = agenda.now + REST_MS;
  await liveUntil(world, () => agenda.now >= until);
  checkRest(world);
  const digest = checker.finish();
  return {
    digest,
    faults: checker.faults,
    faultCount: checker.faultCount,
    counts: checker.counts,
    workerFaults,
    virtualMs: agenda.now,
    refused: workers.reduce((sum, worker) => sum + worker.refused, 0),
    answered: workers.map((worker) => worker.answered),
    steps: workers.reduce((sum, worker) => sum + worker.steps, 0),
    schedules: world.schedules,
  };
}

/** The coordinator's copy is what workers hold; nobody holds anything for calls that are over. */
function checkRest({ core, workers, checker }: World): void {
  if (core.liveRuns > 0) checker.fault(`${core.liveRuns} runs are live in the core`);
  if (core.waitingCalls > 0) checker.fault(`${core.waitingCalls} calls wait in the core`);
  for (const { identity, planner, inTransit } of workers) {
    const id = identity.workerId;
    if (planner === undefined || inTransit > 0) continue;
    planner.residency.checkIntegrity();
    const { runningCalls, queuedCalls } = planner.load;
    if (runningCalls + queuedCalls > 0) checker.fault(`${id}: has calls that nobody waits for`);
    if (core.inFlightCalls(id) > 0) checker.fault(`${id}: calls in flight that nobody has`);
    const truth = planner.residency.snapshot().blocks.map(({ hash }) => hash);
    const known = core.residency.view(id)?.parents;
    const isSame = known?.size === truth.length && truth.every((hash) => known.has(hash));
    if (!isSame) checker.fault(`${id}: holds ${truth.length} blocks, the index has ${known?.size}`);
  }
}

function reportEvery(agenda: Agenda, everyMs: number, tell: () => void): void {
  agenda.after(everyMs, () => {
    tell();
    reportEvery(agenda, everyMs, tell);
  });
}
