import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { formatProgress, resolveModel } from '@helium/model';
import { HeliumError } from '@helium/shared';
import { ensureFolder, environmentName, homeFolders, type Settings } from '@helium/shared/config';
import { type RunningProgram, startProgram } from './child-process.ts';
import { openClusterLog } from './cluster-log.ts';

/** A coordinator and its workers on this machine, as child processes. */
export interface EmbeddedCluster {
  readonly address: string;
  readonly logFile: string;
  /** Coordinator first, then workers. */
  readonly processes: readonly Pick<RunningProgram, 'name' | 'pid'>[];
  /** Resolves with the program's name if one ends by itself. */
  readonly broken: Promise<string>;
  /** Resolves with what is lacking when the coordinator or the last worker has ended by itself. */
  readonly lost: Promise<string>;
  stop(): Promise<void>;
}

const STOP_GRACE_MS = 5_000;

/** What a cluster is started with. */
export interface ClusterPlan {
  readonly settings: Settings;
  /** host:port of the coordinator; port 0 picks one. */
  readonly listen: string;
  /** What `fetchModel` gave. */
  readonly model: string;
}

/** Makes sure that the workers will find the model here, once for all of them. */
export async function fetchModel(
  settings: Settings,
  report: (step: string) => void,
): Promise<string> {
  if (settings.engine === 'sim') return settings.model;
  const { models } = homeFolders(settings);
  return resolveModel(settings.model, models, (progress) => report(formatProgress(progress)));
}

/**
 * Starts a coordinator and `settings.workers` workers and waits until all are attached. What they log goes
 * to one file; `report` gets the steps, for people. Throws RUN_CANCELLED when `signal` stops it.
 */
export async function startEmbeddedCluster(
  { settings, listen, model }: ClusterPlan,
  report: (step: string) => void,
  signal: AbortSignal,
): Promise<EmbeddedCluster> {
  const folders = homeFolders(settings);
  const clusterLog = openClusterLog(ensureFolder(folders.state), report);
  const log = (line: string) => clusterLog.write(line);
  const running: RunningProgram[] = [];
  const stop = async () => {
    // Workers first: they detach in order rather than losing their coordinator.
    for (const program of running.splice(0).reverse()) await program.stop(STOP_GRACE_MS);
    clusterLog.end();
  };
  try {
    const coordinator = await startProgram(
      {
        name: 'coordinator',
        main: mainOf('coordinator'),
        flags: coordinatorFlags(settings, listen),
        secrets: {
          [environmentName('redis-url')]: settings['redis-url'],
          [environmentName('cache-secret')]: settings['cache-secret'],
        },
        ready: /^helium coordinator listening on (\S+)/,
        tuneMalloc: false,
      },
      log,
      signal,
    );
    running.push(coordinator);
    report(`coordinator listening on ${coordinator.announced}`);
    const workers = Array.from({ length: settings.workers }, (_, i) =>
      startProgram(
        {
          name: `worker ${i + 1}`,
          main: mainOf('worker'),
          flags: workerFlags(settings, coordinator.announced, model, i),
          ready: /^helium worker (.+)$/,
          tuneMalloc: true,
        },
        log,
        signal,
      ).then((worker) => {
        running.push(worker);
        report(`worker ${worker.announced}`);
      }),
    );
    // None is left starting when one has failed: it would not be stopped.
    await Promise.allSettled(workers);
    await Promise.all(workers);
    const broken = Promise.race(running.map((program) => program.exited.then(() => program.name)));
    const processes = running.map(({ name, pid }) => ({ name, pid }));
    return {
      address: coordinator.announced,
      logFile: clusterLog.path,
      processes,
      broken,
      lost: lossOf(running),
      stop,
    };
  } catch (error) {
    await stop();
    throw signal.aborted ? new HeliumError('RUN_CANCELLED', 'interrupted before the run') : error;
  }
}

async function lossOf([coordinator, ...workers]: readonly RunningProgram[]): Promise<string> {
  const workersEnd = Promise.all(workers.map(({ exited }) => exited)).then(() => 'every worker');
  const coordinatorEnd = coordinator?.exited.then(() => coordinator.name);
  return (await Promise.race([coordinatorEnd, workersEnd])) ?? 'the cluster';
}

function mainOf(room: 'coordinator' | 'worker'): string {
  return fileURLToPath(import.meta.resolve(`@helium/${room}/main`));
}

const COORDINATOR_SETTINGS = [
  'home',
  'cache-ttl-seconds',
  'functions',
  'policy',
  'heartbeat-ms',
  'worker-timeout-ms',
  'message-mib-max',
  'log-level',
] as const;

const WORKER_SETTINGS = [
  'home',
  'engine',
  'precision',
  'model-name',
  'max-batch',
  'max-calls',
  'context-tokens',
  'kv-mib',
  'sim-speed',
  'message-mib-max',
  'log-level',
] as const;

function coordinatorFlags(settings: Settings, listen: string): Record<string, string | number> {
  return {
    ...pick(settings, COORDINATOR_SETTINGS),
    listen,
    'metrics-listen': settings['metrics-listen'],
  };
}

function workerFlags(
  settings: Settings,
  coordinator: string,
  model: string,
  index: number,
): Record<string, string | number> {
  const share = Math.max(1, Math.floor(availableParallelism() / settings.workers));
  return {
    ...pick(settings, WORKER_SETTINGS),
    coordinator,
    model,
    threads: settings.threads === 0 ? share : settings.threads,
    'worker-id': `worker-${index + 1}`,
    // One address serves one process; said here, lest our variables and config file say otherwise.
    'metrics-listen': '',
    'health-listen': '',
  };
}

function pick<K extends keyof Settings>(
  settings: Settings,
  names: readonly K[],
): Record<string, string | number> {
  return Object.fromEntries(names.map((name) => [name, settings[name]]));
}
