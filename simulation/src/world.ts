import type { RunEventBody, WorkerDoor } from '@helium/coordinator';
import {
  betterSchedule,
  type DispatchCore,
  JournalMemory,
  MemoryRunJournal,
  planSchedule,
  RunObserver,
  USUAL_OPTIONS,
  WORK_PER_SECOND,
  wireCoordinator,
} from '@helium/coordinator/planning';
import {
  createPrng,
  type RunId,
  runId,
  type TenantId,
  tenantId,
  type WorkerIdentity,
  workerId,
} from '@helium/shared';
import { createCoordinatorMetrics, noTelemetry, silentLogger } from '@helium/shared/telemetry';
import { Agenda } from './agenda.ts';
import { Checker } from './checker.ts';
import type { SimulationOptions } from './cluster-options.ts';
import { type Functions, memoryFunctionHost, memoryPromptCache } from './memory-parts.ts';
import { NaiveAnswers } from './naive-answers.ts';
import { settled } from './settled.ts';
import { SimulatedWorker, type WorkerWorld } from './simulated-worker.ts';
import { virtualClock } from './virtual-clock.ts';
import { Watchers } from './watchers.ts';
import { createWordTokenizer } from './word-tokenizer.ts';
import { type Arrival, type Kind, loadFunctions } from './workload.ts';

const MODEL = 'simulated';
const TENANT = tenantId('default');

/** A coordinator and workers around one agenda. */
export interface World {
  readonly agenda: Agenda;
  readonly checker: Checker;
  readonly core: DispatchCore;
  /** Its coordinator, as it is wired. */
  readonly coordinator: ReturnType<typeof wireCoordinator>;
  readonly workers: readonly SimulatedWorker[];
  /** Starts a run now; default: of the tenant `default`. */
  submit(arrival: Omit<Arrival, 'at'> & { readonly tenant?: TenantId }): Promise<void>;
  /** The coordinator dies and starts anew with its journal; workers come back within that time, empty. */
  killCoordinator(workersBackMs: number): Promise<void>;
  readonly schedules: number;
}

/** A world that is looked at, or that evicts otherwise. */
export interface WorldParts extends Pick<WorkerWorld, 'eviction' | 'observer'> {
  readonly onRunEvent?: (run: RunId, body: RunEventBody) => void;
  /** Runs are journaled, and the checker hears what their watchers are shown. */
  readonly isJournaled?: boolean;
  readonly runOptions?: Partial<typeof USUAL_OPTIONS>;
  /** Weights that workers may come with. A run's outputs are to be those of one of them. Default: 1. */
  readonly weights?: number;
}

/** Everything is there and nothing has begun: workers are to be started. */
export async function createWorld(
  options: SimulationOptions,
  { onRunEvent, isJournaled = false, runOptions, weights = 1, ...parts }: WorldParts = {},
): Promise<World> {
  const agenda = new Agenda();
  const tokenizer = createWordTokenizer();
  const functions = await loadFunctions();
  const { limits, timing, outputTokensMean, latencyMs, heartbeatMs } = options;
  const { maxBatch, kvTokens, blockTokens, contextTokens } = limits;
  const grid = { rowTokens: blockTokens, chunkTokens: blockTokens, chunkTokensMax: blockTokens };
  const modelled = { maxBatch, kvTokens, blockTokens, contextTokens, ...grid };
  const executor = { timing, outputTokensMean, limits: modelled };
  const naive = Array.from(
    { length: weights },
    (_, i) => new NaiveAnswers(MODEL, functions, { tokenizer, executor }, i),
  );
  const checker = new Checker(naive);
  const place = coordinatorPlace(agenda, options, functions, checker);
  const memory = new JournalMemory();
  const watchers = new Watchers(TENANT, (run, body) => checker.heard(agenda.now, run, body));
  const startCoordinator = async () => {
    const wired = place.wire(
      isJournaled ? undefined : (run, body) => checker.heard(agenda.now, run, body),
      onRunEvent,
      isJournaled ? await openMemory(memory) : undefined,
    );
    wired.catalog.useTokenizer(tokenizer);
    return wired;
  };
  let wired = await startCoordinator();
  const door: WorkerDoor = {
    admit: (identity) => wired.ports.workers.admit(identity),
    addTokenizer: (digest, spec) => wired.ports.workers.addTokenizer(digest, spec),
    attach: (port) => wired.ports.workers.attach(port),
  };
  const worker: WorkerWorld = {
    ...parts,
    agenda,
    door,
    tokenizer,
    executor,
    stepTokensMax: 2048,
    heartbeatMs,
    latencyMs,
  };
  const workers = Array.from(
    { length: options.workers },
    (_, i) => new SimulatedWorker(identityOf(i, options, tokenizer.digest), worker),
  );
  const chosen = createPrng(options.seed * 4 + 2);
  const submit = async ({
    kind,
    rows,
    tenant = TENANT,
  }: {
    readonly kind: Kind;
    readonly rows: Arrival['rows'];
    readonly tenant?: TenantId;
  }) => {
    checker.submitted(agenda.now, place.nextRun(), kind, rows, chosen() < options.checkedShare);
    const { workflow } = kind;
    const asked = { ...USUAL_OPTIONS, ...runOptions };
    const request = { tenant, requestId: '', workflow, rows, options: asked };
    const { id } = await wired.ports.runs.createRun(request);
    if (isJournaled) watchers.follow(id, wired.ports.runs);
    await settled();
  };
  const killCoordinator = async (workersBackMs: number) => {
    wired.die();
    watchers.breakOff();
    for (const worker of workers) {
      worker.die(false);
      agenda.after(chosen() * workersBackMs, () => {
        if (worker.planner !== undefined) return undefined;
        worker.start();
        // Runs that waited for it are planned.
        return settled();
      });
    }
    wired = await startCoordinator();
    watchers.resume(wired.ports.runs);
    await settled();
  };
  return {
    agenda,
    checker,
    get core() {
      return wired.core;
    },
    get coordinator() {
      return wired;
    },
    workers,
    submit,
    killCoordinator,
    get schedules() {
      return place.schedules();
    },
  };
}

async function openMemory(memory: JournalMemory) {
  const journal = new MemoryRunJournal(memory);
  return { journal, stored: await journal.load() };
}

/** For the real coordinator: a memory for its stores, and the agenda for its clock and thread. */
function coordinatorPlace(
  agenda: Agenda,
  options: SimulationOptions,
  functions: Functions,
  checker: Checker,
) {
  const clock = virtualClock(agenda);
  let runs = 0;
  let schedules = 0;
  const settings = {
    'redis-url': '',
    'cache-ttl-seconds': 0,
    'cache-secret': 'simulation',
    'improve-ms': options.improveMs,
    'tenant-weights': '',
    functions: '',
    policy: options.policy,
    'heartbeat-ms': options.heartbeatMs,
    'worker-timeout-ms': options.workerTimeoutMs,
  };
  const turnRandom = createPrng(options.seed * 4 + 3);
  const scheduler = schedulerIn(agenda, options.scheduleMsPerCall, () => schedules++);
  const parts = {
    version: 'simulation',
    callsMax: Number.POSITIVE_INFINITY,
    retention: {
      runsMax: 10,
      ageMsMax: 60_000,
      bytesMax: 1 << 30,
      requestsMax: 0,
      requestAgeMsMax: 0,
    },
    clock,
    tickMsMax: options.tickMs,
    logger: silentLogger,
    functions: memoryFunctionHost(agenda, functions, 1),
    cache: memoryPromptCache(agenda, 2 * options.latencyMs),
    isCacheReachable: () => true,
    observer: silentObserver(clock),
    store: { load: () => [], save: () => {}, close: () => {} },
    secret: 'simulation',
    scheduler,
    placesPerPart: options.placesPerPart,
    callsPerPart: options.callsPerPart,
    turn: () => answerAfter(agenda, turnRandom() * options.turnMsMax, undefined),
    keepJournal: (run: RunId) => checker.fault(`${run}: broke an invariant`),
    newRunId: () => runId(`r${++runs}`),
  } satisfies Parameters<typeof wireCoordinator>[1];
  return {
    nextRun: () => runId(`r${runs + 1}`),
    schedules: () => schedules,
    wire: (
      first: WorldParts['onRunEvent'],
      second: WorldParts['onRunEvent'],
      journal: Parameters<typeof wireCoordinator>[1]['runs'],
    ) =>
      wireCoordinator(settings, {
        ...parts,
        ...(journal === undefined ? {} : { runs: journal }),
        onRunEvent: (run, body) => {
          first?.(run, body);
          second?.(run, body);
        },
      }),
  };
}

function silentObserver(clock: ReturnType<typeof virtualClock>): RunObserver {
  const { tracing, meter } = noTelemetry();
  return new RunObserver(tracing, createCoordinatorMetrics(meter), clock);
}

/** Plans and improves in place; the answer comes as late as a thread's might. */
function schedulerIn(
  agenda: Agenda,
  msPerCall: number,
  count: () => void,
): Parameters<typeof wireCoordinator>[1]['scheduler'] {
  return {
    plan: (input) => {
      count();
      return answerAfter(agenda, msPerCall * input.instance.calls.length, planSchedule(input));
    },
    improve: (input, work) =>
      answerAfter(agenda, (1000 * work) / WORK_PER_SECOND, betterSchedule(input, work)),
    close: async () => {},
  };
}

/**
 * What others wait for comes by the agenda, never by a turn of this process's event loop: virtual time
 * goes on without that.
 */
function answerAfter<T>(agenda: Agenda, ms: number, answer: T): Promise<T> {
  return new Promise((resolve) => {
    agenda.after(ms, () => {
      resolve(answer);
      return settled();
    });
  });
}

function identityOf(
  number: number,
  { limits, workers }: SimulationOptions,
  digest: string,
): Omit<WorkerIdentity, 'modelDigest'> {
  const width = String(workers - 1).length;
  return {
    ...limits,
    workerId: workerId(`w${String(number).padStart(width, '0')}`),
    model: MODEL,
    tokenizerDigest: digest,
    engine: 'sim',
    device: 'virtual',
    version: 'simulation',
  };
}
