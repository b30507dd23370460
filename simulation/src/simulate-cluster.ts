import {
  type DispatchCore,
  planSchedule,
  RunObserver,
  wireCoordinator,
} from '@helium/coordinator/planning';
import {
  createPrng,
  modelDigest,
  runId,
  tenantId,
  type WorkerIdentity,
  workerId,
} from '@helium/shared';
import {
  createCoordinatorMetrics,
  createTracing,
  noTelemetry,
  silentLogger,
} from '@helium/shared/telemetry';
import { Agenda } from './agenda.ts';
import { Checker, type RunCounts } from './checker.ts';
import type { SimulationOptions } from './cluster-options.ts';
import { type FaultCounts, startFaults } from './faults.ts';
import { memoryFunctionHost, memoryPromptCache } from './memory-parts.ts';
import { NaiveAnswers } from './naive-answers.ts';
import { settled } from './settled.ts';
import { SimulatedWorker, type WorkerWorld } from './simulated-worker.ts';
import { virtualClock } from './virtual-clock.ts';
import { createWordTokenizer } from './word-tokenizer.ts';
import { type Arrival, arrivals, loadFunctions, loadKinds } from './workload.ts';

const MODEL = 'simulated';
const TENANT = tenantId('default');

/** What came of it. */
export interface SimulationReport {
  /** Over every event of every run, in order, with its time. */
  readonly digest: string;
  /** Broken promises; empty when all is well. */
  readonly faults: readonly string[];
  readonly faultCount: number;
  readonly counts: RunCounts;
  readonly workerFaults: FaultCounts;
  readonly virtualMs: number;
  readonly steps: number;
  readonly schedules: number;
}

/** Told now and then. */
export type ProgressListener = (virtualMs: number, counts: RunCounts) => void;

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
  for (const worker of workers) worker.start();
  const workerFaults = startFaults(
    agenda,
    workers,
    options.faults,
    durationMs,
    createPrng(options.seed * 4 + 1),
  );
  world.submitNext();
  if (onProgress !== undefined)
    reportEvery(agenda, durationMs / 24, () => onProgress(agenda.now, checker.counts));
  while (!world.isOver()) {
    const action = agenda.next();
    if (action === undefined) break;
    const pending = action();
    if (pending !== undefined) await pending;
  }
  await comeToRest(world);
  checkResidency(world);
  const digest = checker.finish();
  return {
    digest,
    faults: checker.faults,
    faultCount: checker.faultCount,
    counts: checker.counts,
    workerFaults,
    virtualMs: agenda.now,
    steps: workers.reduce((sum, worker) => sum + worker.steps, 0),
    schedules: world.schedules(),
  };
}

interface World {
  readonly agenda: Agenda;
  readonly checker: Checker;
  readonly core: DispatchCore;
  readonly workers: readonly SimulatedWorker[];
  submitNext(): void;
  isOver(): boolean;
  schedules(): number;
}

async function createWorld(options: SimulationOptions): Promise<World> {
  const agenda = new Agenda();
  const tokenizer = createWordTokenizer();
  const functions = await loadFunctions();
  const kinds = await loadKinds(options.workflows as string[] | undefined);
  const { limits, timing, outputTokensMean, latencyMs, heartbeatMs } = options;
  const { maxBatch, kvTokens, blockTokens, contextTokens } = limits;
  const executor = {
    timing,
    outputTokensMean,
    limits: { maxBatch, kvTokens, blockTokens, contextTokens },
  };
  const naive = new NaiveAnswers(MODEL, functions, { tokenizer, executor });
  const checker = new Checker(naive);
  const clock = virtualClock(agenda);
  let nextRun = 0;
  let schedules = 0;
  const { ports, core, catalog } = wireCoordinator(
    {
      'redis-url': '',
      'cache-ttl-seconds': 0,
      'cache-secret': 'simulation',
      functions: '',
      policy: options.policy,
      'tenant-weights': '',
      'heartbeat-ms': heartbeatMs,
      'worker-timeout-ms': options.workerTimeoutMs,
    },
    {
      version: 'simulation',
      retention: { runsMax: 10, ageMsMax: 60_000 },
      clock,
      logger: silentLogger,
      functions: memoryFunctionHost(agenda, functions, 1),
      cache: memoryPromptCache(agenda, 2 * latencyMs),
      isCacheReachable: () => true,
      observer: new RunObserver(
        createTracing(noTelemetry().tracer),
        createCoordinatorMetrics(noTelemetry().meter),
        clock,
      ),
      store: { load: () => [], save: () => {}, close: () => {} },
      secret: 'simulation',
      scheduler: {
        plan: (input) => {
          schedules++;
          const planned = planSchedule(input);
          const delayMs = options.scheduleMsPerCall * input.instance.calls.length;
          return new Promise((resolve) => {
            agenda.after(delayMs, () => {
              resolve(planned);
              return settled();
            });
          });
        },
        close: async () => {},
      },
      keepJournal: (run) => checker.fault(`${run}: broke an invariant`),
      newRunId: () => runId(`r${++nextRun}`),
      onRunEvent: (run, body) => checker.heard(agenda.now, run, body),
    },
  );
  catalog.useTokenizer(tokenizer);
  const workerWorld: WorkerWorld = {
    agenda,
    door: ports.workers,
    tokenizer,
    executor,
    stepTokensMax: 2048,
    heartbeatMs,
    latencyMs,
  };
  const workers = Array.from(
    { length: options.workers },
    (_, i) => new SimulatedWorker(identityOf(i, options, tokenizer.digest), workerWorld),
  );
  const coming = arrivals(kinds, options.workload, createPrng(options.seed * 4));
  const chosen = createPrng(options.seed * 4 + 2);
  let isDone = false;
  const submit = async ({ kind, rows }: Arrival) => {
    checker.submitted(runId(`r${nextRun + 1}`), kind, rows, chosen() < options.checkedShare);
    await ports.runs.createRun({
      tenant: TENANT,
      requestId: '',
      workflow: kind.workflow,
      rows,
      options: RUN_OPTIONS,
    });
    await settled();
  };
  const submitNext = () => {
    const { value, done } = coming.next();
    isDone = done === true;
    if (done === true) return;
    agenda.after(Math.max(0, value.at - agenda.now), () => {
      submitNext();
      return submit(value);
    });
  };
  return {
    agenda,
    checker,
    core,
    workers,
    submitNext,
    isOver: () => isDone && checker.liveRuns === 0,
    schedules: () => schedules,
  };
}

const RUN_OPTIONS = {
  'tenant-weights': '',
  policy: '',
  disabledRules: [],
  usePromptCache: true,
  naive: false,
  streamDeltas: false,
  seed: 0,
  priority: 0,
  deadlineMs: 0,
} as const;

function identityOf(
  number: number,
  { limits, workers }: SimulationOptions,
  digest: string,
): WorkerIdentity {
  const width = String(workers - 1).length;
  return {
    ...limits,
    workerId: workerId(`w${String(number).padStart(width, '0')}`),
    model: MODEL,
    modelDigest: modelDigest('0'.repeat(64)),
    tokenizerDigest: digest,
    engine: 'sim',
    device: 'virtual',
    version: 'simulation',
  };
}

/** Runs on until messages have arrived and dead workers are back. */
async function comeToRest({ agenda }: World): Promise<void> {
  const until = agenda.now + 60_000;
  while (agenda.now < until) {
    const pending = agenda.next()?.();
    if (pending !== undefined) await pending;
  }
}

/** The coordinator's copy is what workers hold; workers hold nothing for calls that are over. */
function checkResidency({ core, workers, checker }: World): void {
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
