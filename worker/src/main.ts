/**
 * The worker program: serves one model on one device to a coordinator until it is stopped.
 *
 * Settings come from flags, HELIUM_… variables and the config file. SIGTERM or SIGINT drains: what was
 * taken is finished, then the program ends with 0; a second signal ends it at once with 1. With
 * HELIUM_EXIT_WITH_STDIN=1 the end of standard input drains too, for 5 s at most. Exit codes: 2 for
 * settings or a model that cannot be used, 1 for a failure. `--coordinator stdin` takes the address from
 * the first line of standard input, so that a worker can load its model before there is a coordinator.
 *
 * Whoever spawns it sets glibc's allocator: with GLIBC_TUNABLES=glibc.malloc.hugetlb=1:
 * glibc.malloc.arena_max=1:glibc.malloc.trim_threshold=2000000000:glibc.malloc.mmap_threshold=1000000000:
 * glibc.malloc.top_pad=268435456 (one line) the onnx engine's tensors lie in huge pages that are kept
 * (docs/decisions/0006 has what that gains). glibc reads the variable before any of our code runs.
 */
import { availableParallelism } from 'node:os';
import { formatProgress, modelNameOf, type PullProgress, resolveModel } from '@helium/model/store';
import { formatAddress, formatError, HeliumError, parseAddress, systemClock } from '@helium/shared';
import {
  formatHelp,
  homeFolders,
  isHelpWanted,
  loadSettings,
  parseSettingFlags,
  type Settings,
  WORKER_SETTINGS,
} from '@helium/shared/config';
import { openMetricsDoor } from '@helium/shared/credentials';
import { firstInputLine, stopRequested } from '@helium/shared/process';
import {
  createLogger,
  type Logger,
  observeLoopDelay,
  startTelemetry,
} from '@helium/shared/telemetry';
import manifest from '../package.json' with { type: 'json' };
import type { EngineConfig, StartedEngine } from './engine/index.ts';
import { startResilientEngine } from './engine/resilient-engine.ts';
import type { HealthServer } from './health/index.ts';
import { memoryShare } from './memory-limit.ts';
import { type ModelFiles, readModelFiles, watchModel } from './model-watch.ts';
import type { RunningWorker } from './worker.ts';
import { workerIdOf } from './worker-id.ts';

const HELP = {
  program: 'node worker/src/main.ts',
  about: [
    'Serves one model on one device to the coordinator at --coordinator until it is stopped.',
    'SIGTERM or SIGINT drains it: what it has is finished. A second signal ends it at once.',
  ],
  settings: WORKER_SETTINGS,
};

/** In place of the coordinator's address. */
const FROM_STDIN = 'stdin';

const EXIT_FAILED = 1;
const EXIT_UNUSABLE = 2;

const logger = createLogger('worker');
process.on('uncaughtException', die);
process.on('unhandledRejection', die);
try {
  process.exit(await main(process.argv.slice(2)));
} catch (thrown) {
  const error = HeliumError.from(thrown);
  process.stderr.write(`helium worker: ${formatError(error)}\n`);
  process.exit(error.retryable || error.code === 'INVARIANT_BROKEN' ? EXIT_FAILED : EXIT_UNUSABLE);
}

async function main(argv: readonly string[]): Promise<number> {
  if (isHelpWanted(argv)) {
    process.stdout.write(formatHelp(HELP));
    return 0;
  }
  const { flags, rest } = parseSettingFlags(argv, WORKER_SETTINGS);
  if (rest.length > 0) throw new HeliumError('CONFIG_INVALID', `${rest[0]}: is not a flag`);
  const settings = loadSettings({ flags, environment: process.env }).values;
  // Before the model is loaded for nothing.
  const address = coordinatorAddress(settings.coordinator);
  const stop = stopRequested();
  const log = createLogger('worker', settings['log-level']);
  const health = await openHealth(settings, log);
  const telemetry = await startTelemetry({
    service: 'helium-worker',
    instance: workerIdOf(settings),
    metricsListen: settings['metrics-listen'],
    metricsDoor: openMetricsDoor(settings, { clock: systemClock, logger: log.child('metrics') }),
    logger: log,
  });
  observeLoopDelay(telemetry.meter);
  let starting: Promise<StartedEngine> | undefined;
  const loading = loadEngine(settings, log, (begun) => {
    starting = begun;
  });
  const ready = await Promise.race([Promise.all([loading, address]), stop]);
  if (typeof ready === 'string') {
    // Asked to stop before there was anything to drain. A process that exits while its engine loads aborts.
    await starting?.then(({ engine }) => engine.close()).catch(() => {});
    return 0;
  }
  const [{ started, startWorker, config, files }, coordinator] = ready;
  const worker = startWorker(started, {
    settings: { ...settings, coordinator },
    telemetry,
    logger: log,
    version: manifest.version,
    onAttached: once(() => announce(worker, config, coordinator)),
    onState: (state) => health?.report(state),
  });
  void stop.then((reason) => {
    log.info('draining', { reason });
    worker.drain(`the worker got ${reason}`, true);
  });
  let isChanged = false;
  const watch = watchModel(config.modelPath, files, systemClock, (message) => {
    isChanged = true;
    log.error(message);
    worker.drain(message);
  });
  const end = await worker.ended.finally(async () => {
    // Also when it was refused: onnxruntime aborts a process that exits while its threads compute.
    watch.stop();
    await started.engine.close();
    await telemetry.shutdown();
    health?.close();
  });
  if (end.kind === 'engineFailed') log.error('the engine failed', { message: end.message });
  return end.kind === 'drained' && !isChanged ? 0 : EXIT_FAILED;
}

/** A bad address set by flag is refused at once, one from standard input when it comes. */
function coordinatorAddress(setting: string): Promise<string> {
  const checked = (text: string) => formatAddress(parseAddress('coordinator', text));
  return setting === FROM_STDIN
    ? firstInputLine().then(checked)
    : Promise.resolve(checked(setting));
}

async function openHealth(settings: Settings, log: Logger): Promise<HealthServer | undefined> {
  const listen = settings['health-listen'];
  if (listen === '') return undefined;
  await openGrpc();
  const { startHealthServer } = await import('./health/index.ts');
  const health = await startHealthServer(listen);
  log.info('serving health', { address: health.address });
  return health;
}

/** The engine, and the model's files as they were before it read them. `onBegin` is told when its threads start. */
async function loadEngine(
  settings: Settings,
  log: Logger,
  onBegin: (starting: Promise<StartedEngine>) => void,
) {
  const config = await configOf(settings, log);
  const files: ModelFiles =
    config.engine === 'sim' ? new Map() : await readModelFiles(config.modelPath);
  const notice = (message: string) => log.info(message);
  const starting = startResilientEngine(config, { notice });
  onBegin(starting);
  // The wire's libraries take as long as the engine's thread takes for its own.
  const [started, { startWorker }] = await Promise.all([starting, openWire()]);
  return { started, startWorker, config, files };
}

async function openWire() {
  await openGrpc();
  return import('./worker.ts');
}

/** gRPC's own log lines have no context; what they tell of comes to us as errors. */
async function openGrpc(): Promise<void> {
  const { logVerbosity, setLogVerbosity } = await import('@grpc/grpc-js');
  setLogVerbosity(logVerbosity.NONE);
}

async function configOf(settings: Settings, log: Logger): Promise<EngineConfig> {
  const { engine, precision, device, threads, workers } = settings;
  return {
    engine,
    ...(await modelOf(settings, log)),
    graphFolder: homeFolders(settings).graphs,
    threads: threads || Math.max(1, Math.floor(availableParallelism() / workers)),
    precision,
    device,
    promptLookup: settings['prompt-lookup'] === 'on',
    stackedQueries: settings['stacked-queries'],
    maxBatch: settings['max-batch'],
    kvMib: settings['kv-mib'],
    memory: memoryShare(workers),
    contextTokens: settings['context-tokens'],
    simSpeed: settings['sim-speed'],
  };
}

async function modelOf(
  { engine, model, 'model-name': name, ...settings }: Settings,
  log: Logger,
): Promise<Pick<EngineConfig, 'modelPath' | 'modelName'>> {
  if (engine === 'sim') return { modelPath: '', modelName: name };
  const { models } = homeFolders(settings);
  const report = (progress: PullProgress) => log.info(formatProgress(progress));
  const modelPath = await resolveModel(model, models, report);
  return { modelPath, modelName: name || modelNameOf(modelPath, models) };
}

/** For whoever started us: the one line on standard output. */
function announce(
  { identity: { workerId, model } }: RunningWorker,
  { engine, device, threads }: EngineConfig,
  coordinator: string,
): void {
  const isOnCores = engine === 'onnx' && device === 'cpu';
  const how = isOnCores ? ` on ${threads} thread${threads === 1 ? '' : 's'}` : '';
  process.stdout.write(
    `helium worker ${workerId} serving ${model}${how}, attached to ${coordinator}\n`,
  );
}

function once(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) act();
    isDone = true;
  };
}

/** A mistake of ours: nothing is certain any more, so the process ends and the coordinator plans anew. */
function die(thrown: unknown): void {
  const shown = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  logger.error(`unexpected: ${shown}`);
  process.exit(EXIT_FAILED);
}
