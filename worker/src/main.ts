/**
 * The worker program: serves one model on one device to a coordinator until it is stopped.
 *
 * Settings come from flags, HELIUM_… variables and the config file. SIGTERM or SIGINT drains: what was
 * taken is finished, then the program ends with 0; a second signal ends it at once with 1. Exit codes:
 * 2 for settings or a model that cannot be used, 1 for a failure.
 *
 * Whoever spawns it sets glibc's allocator: with GLIBC_TUNABLES=glibc.malloc.hugetlb=1:
 * glibc.malloc.arena_max=1:glibc.malloc.trim_threshold=2000000000:glibc.malloc.mmap_threshold=1000000000:
 * glibc.malloc.top_pad=268435456 (one line) the onnx engine is about half as fast again, because its
 * tensors then lie in huge pages that are kept. glibc reads the variable before any of our code runs.
 */
import { availableParallelism } from 'node:os';
import { formatProgress, resolveModel } from '@helium/model';
import { formatError, HeliumError } from '@helium/shared';
import {
  homeFolders,
  loadSettings,
  parseAddress,
  parseSettingFlags,
  type SettingName,
  type Settings,
} from '@helium/shared/config';
import {
  createLogger,
  type Logger,
  observeLoopDelay,
  startTelemetry,
} from '@helium/shared/telemetry';
import manifest from '../package.json' with { type: 'json' };
import { type EngineConfig, startEngine } from './engine/index.ts';
import { type RunningWorker, startWorker, workerIdOf } from './worker.ts';

const TAKEN: readonly SettingName[] = [
  'home',
  'coordinator',
  'model',
  'model-name',
  'engine',
  'threads',
  'workers',
  'worker-id',
  'max-batch',
  'max-calls',
  'context-tokens',
  'kv-mib',
  'sim-speed',
  'message-mib-max',
  'metrics-listen',
  'log-level',
];

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
  const { flags, rest } = parseSettingFlags(argv, TAKEN);
  if (rest.length > 0) throw new HeliumError('CONFIG_INVALID', `${rest[0]}: is not a flag`);
  const settings = loadSettings({ flags, environment: process.env }).values;
  // Before the model is loaded for nothing.
  parseAddress('coordinator', settings.coordinator);
  const log = createLogger('worker', settings['log-level']);
  const telemetry = await startTelemetry({
    service: 'helium-worker',
    instance: workerIdOf(settings),
    metricsListen: settings['metrics-listen'],
    logger: log,
  });
  observeLoopDelay(telemetry.meter);
  const notice = (message: string) => log.info(message);
  const started = await startEngine(await configOf(settings, log), undefined, { notice });
  const version = manifest.version;
  const worker = startWorker(started, {
    settings,
    telemetry,
    logger: log,
    version,
    onAttached: once(() => announce(worker, settings)),
  });
  drainOnSignals(worker, log);
  const end = await worker.ended;
  if (end.kind === 'engineFailed') log.error('the engine failed', { message: end.message });
  await started.engine.close();
  await telemetry.shutdown();
  return end.kind === 'drained' ? 0 : EXIT_FAILED;
}

async function configOf(settings: Settings, log: Logger): Promise<EngineConfig> {
  const folders = homeFolders(settings);
  const { model, engine, threads, workers } = settings;
  const report = (progress: Parameters<typeof formatProgress>[0]) =>
    log.info(formatProgress(progress));
  return {
    engine,
    modelPath: engine === 'sim' ? '' : await resolveModel(model, folders.models, report),
    modelName: settings['model-name'],
    graphFolder: folders.graphs,
    threads: threads || Math.max(1, Math.floor(availableParallelism() / workers)),
    precision: 'fast',
    maxBatch: settings['max-batch'],
    kvMib: settings['kv-mib'],
    contextTokens: settings['context-tokens'],
    simSpeed: settings['sim-speed'],
  };
}

/** For whoever started us: the one line on standard output. */
function announce({ identity }: RunningWorker, settings: Settings): void {
  const { workerId, model } = identity;
  const line = `helium worker ${workerId} serving ${model}, attached to ${settings.coordinator}`;
  process.stdout.write(`${line}\n`);
}

function drainOnSignals(worker: RunningWorker, log: Logger): void {
  let isDraining = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (isDraining) process.exit(EXIT_FAILED);
    isDraining = true;
    log.info('draining', { signal });
    worker.drain(`the worker got ${signal}`);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
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
