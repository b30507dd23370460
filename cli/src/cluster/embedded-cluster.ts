import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { formatProgress, resolveModel } from '@helium/model/store';
import { ensureFolder, HeliumError } from '@helium/shared';
import {
  COORDINATOR_SETTINGS,
  environmentName,
  homeFolders,
  type SettingName,
  type Settings,
  WORKER_SETTINGS,
} from '@helium/shared/config';
import { type Program, type RunningProgram, startProgram } from './child-process.ts';
import { openClusterLog } from './cluster-log.ts';
import { identifyWorkers } from './identify-workers.ts';

/** A coordinator and its workers on this machine, as child processes. */
export interface EmbeddedCluster {
  readonly address: string;
  readonly logFile: string;
  /** Coordinator first, then workers. */
  readonly processes: readonly Pick<RunningProgram, 'name' | 'pid'>[];
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
  /** Asks the coordinator whether it takes what the cluster is for, while workers load: nothing starts if not. */
  readonly check?: (coordinator: string) => Promise<void>;
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
 * Starts a coordinator and `settings.workers` workers, all at once, and waits until all are attached.
 * Workers load their model while the coordinator starts, and get its address when it has one. What they
 * log goes to one file; `report` gets the steps, for people. Throws RUN_CANCELLED when `signal` stops it, and what
 * `plan.check` rejects with.
 */
export async function startEmbeddedCluster(
  asked: ClusterPlan,
  report: (step: string) => void,
  signal: AbortSignal,
): Promise<EmbeddedCluster> {
  const state = ensureFolder(homeFolders(asked.settings).state);
  const clusterLog = openClusterLog(state, report);
  const identity = identifyWorkers(asked.settings, state);
  const plan = { ...asked, settings: identity.settings };
  const log = (line: string) => clusterLog.write(line);
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const coordinator = startProgram(coordinatorProgram(plan), log, either);
  const address = coordinator.then(({ announced }) => announced);
  const workers = Array.from({ length: plan.settings.workers }, (_, i) =>
    startProgram(workerProgram(plan, address, i), log, either),
  );
  const starting = [coordinator, ...workers];
  // Workers first: they detach in order rather than losing their coordinator.
  const stop = async () => {
    for (const program of (await Promise.allSettled(starting)).reverse())
      if (program.status === 'fulfilled') await program.value.stop(STOP_GRACE_MS);
    identity.forget();
    clusterLog.end();
  };
  try {
    void address.then((at) => report(`coordinator listening on ${at}`)).catch(() => {});
    for (const worker of workers)
      worker.then(({ announced }) => report(`worker ${announced}`)).catch(() => {});
    const refused = address.then(plan.check).then(() => new Promise<never>(() => {}));
    const running = await Promise.race([Promise.all(starting), refused]);
    let stopping = false;
    let serving = workers.length;
    for (const { name, exited } of running.slice(1))
      void exited.then(() => {
        serving--;
        // That none is left is an error, not a step.
        if (!stopping && serving > 0)
          report(`${name} ended; ${serving} of ${workers.length} serve on`);
      });
    return {
      address: await address,
      logFile: clusterLog.path,
      processes: running.map(({ name, pid }) => ({ name, pid })),
      lost: lossOf(running),
      stop() {
        stopping = true;
        return stop();
      },
    };
  } catch (error) {
    // None is left starting when one has failed: it would not be stopped.
    failed.abort();
    await stop();
    throw signal.aborted ? new HeliumError('RUN_CANCELLED', 'interrupted before the run') : error;
  }
}

/** Given in the environment: everybody on the machine can read a program's flags. */
const SECRETS = ['redis-url', 'cache-secret', 'token'] as const satisfies readonly SettingName[];

function coordinatorProgram({ settings, listen }: ClusterPlan): Program {
  return {
    name: 'coordinator',
    main: mainOf('coordinator'),
    flags: coordinatorFlags(settings, listen),
    // The workers' token is none of the coordinator's.
    secrets: secretsOf({ ...settings, token: '' }, SECRETS),
    ready: /^helium coordinator listening on (\S+)/,
    tuneMalloc: false,
  };
}

function workerProgram(
  { settings, model }: ClusterPlan,
  coordinator: Promise<string>,
  index: number,
): Program {
  return {
    name: `worker ${index + 1}`,
    main: mainOf('worker'),
    flags: workerFlags(settings, model, index),
    ready: /^helium worker (.+)$/,
    secrets: secretsOf(settings, ['token']),
    tuneMalloc: true,
    input: coordinator,
  };
}

async function lossOf([coordinator, ...workers]: readonly RunningProgram[]): Promise<string> {
  const workersEnd = Promise.all(workers.map(({ exited }) => exited)).then(() => 'every worker');
  const coordinatorEnd = coordinator?.exited.then(() => coordinator.name);
  return (await Promise.race([coordinatorEnd, workersEnd])) ?? 'the cluster';
}

function mainOf(room: 'coordinator' | 'worker'): string {
  return fileURLToPath(import.meta.resolve(`@helium/${room}/main`));
}

function coordinatorFlags(settings: Settings, listen: string): Record<string, string | number> {
  // Its health is on its own port; said here, lest our variables and config file say otherwise.
  return { ...pick(settings, shown(COORDINATOR_SETTINGS)), listen, 'health-listen': '' };
}

function shown(names: readonly SettingName[]): readonly SettingName[] {
  return names.filter((name) => !SECRETS.some((secret) => secret === name));
}

function secretsOf(settings: Settings, names: readonly (typeof SECRETS)[number][]) {
  return Object.fromEntries(names.map((name) => [environmentName(name), settings[name]]));
}

function workerFlags(
  settings: Settings,
  model: string,
  index: number,
): Record<string, string | number> {
  const share = Math.max(1, Math.floor(availableParallelism() / settings.workers));
  return {
    ...pick(settings, shown(WORKER_SETTINGS)),
    coordinator: 'stdin',
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
