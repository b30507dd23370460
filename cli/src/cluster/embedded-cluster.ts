import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { formatProgress, resolveModel } from '@helium/model/store';
import { ensureFolder, HeliumError, systemClock } from '@helium/shared';
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
import { type KeptProgram, keepRunning } from './keep-running.ts';

/** A coordinator and its workers on this machine, as child processes. */
export interface EmbeddedCluster {
  readonly address: string;
  readonly logFile: string;
  /** Coordinator first, then workers: as they were started first. */
  readonly processes: readonly Pick<RunningProgram, 'name' | 'pid'>[];
  /** Resolves when the coordinator or the last worker has ended for good, with which and how. */
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
  /** Programs that die are started again. */
  readonly isKept?: boolean;
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
  const start = (program: Program, stopped = either) => startProgram(program, log, stopped);
  const coordinator = start(coordinatorProgram(plan));
  const address = coordinator.then(({ announced }) => announced);
  const programs = Array.from({ length: plan.settings.workers }, (_, i) =>
    workerProgram(plan, address, i),
  );
  const workers = programs.map((program) => start(program));
  const starting = [coordinator, ...workers];
  try {
    void address.then((at) => report(`coordinator listening on ${at}`)).catch(() => {});
    for (const worker of workers)
      worker.then(({ announced }) => report(`worker ${announced}`)).catch(() => {});
    const refused = address.then(plan.check).then(() => new Promise<never>(() => {}));
    const running = await Promise.race([Promise.all(starting), refused]);
    const listen = await address;
    // At the address that clients and workers know.
    const again = [coordinatorProgram({ ...plan, listen }), ...programs];
    const kept = running.map((program, i) =>
      plan.isKept === true
        ? keepRunning(program, {
            restart: (stopped) => start(again[i]!, stopped),
            report,
            clock: systemClock,
          })
        : letRun(program),
    );
    let stopping = false;
    const lost = lossOf(kept, (left) => {
      if (!stopping) report(left);
    });
    return {
      address: listen,
      logFile: clusterLog.path,
      processes: running.map(({ name, pid }) => ({ name, pid })),
      lost,
      async stop() {
        stopping = true;
        await stopAll(kept);
        identity.forget();
        clusterLog.end();
      },
    };
  } catch (error) {
    // None is left starting when one has failed: it would not be stopped.
    failed.abort();
    const settled = await Promise.allSettled(starting);
    await stopAll(settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : [])));
    identity.forget();
    clusterLog.end();
    throw signal.aborted ? new HeliumError('RUN_CANCELLED', 'interrupted before the run') : error;
  }
}

/** Workers first: they detach in order rather than losing their coordinator. */
async function stopAll(programs: readonly Pick<KeptProgram, 'stop'>[]): Promise<void> {
  for (const program of [...programs].reverse()) await program.stop(STOP_GRACE_MS);
}

/** Its first end is its last. */
function letRun(program: RunningProgram): KeptProgram {
  const { name, exited } = program;
  const ended = exited.then(
    ({ code, how }) => `${name} ended by itself${code === 0 ? '' : ` (${how})`}`,
  );
  return { name, ended, stop: (graceMs) => program.stop(graceMs) };
}

/** `report` hears of workers that have ended while others serve on. */
async function lossOf(
  [coordinator, ...workers]: readonly KeptProgram[],
  report: (step: string) => void,
): Promise<string> {
  let serving = workers.length;
  const workersEnd = new Promise<string>((resolve) => {
    for (const { ended } of workers)
      void ended.then((how) => {
        serving--;
        // That none is left is an error, not a step.
        if (serving > 0)
          report(`${how.replace(/ by itself$/, '')}; ${serving} of ${workers.length} serve on`);
        else resolve(workers.length === 1 ? how : `every worker ended, the last: ${how}`);
      });
  });
  return Promise.race([coordinator?.ended ?? 'the cluster ended', workersEnd]);
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
