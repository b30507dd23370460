import { createWriteStream } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatProgress, resolveModel } from '@helium/model';
import { ensureFolder, homeFolders, type Settings } from '@helium/shared/config';
import { type RunningProgram, startProgram } from './child-process.ts';

/** A coordinator and its workers on this machine, as child processes. */
export interface EmbeddedCluster {
  readonly address: string;
  readonly logFile: string;
  /** Resolves with the program's name if one ends by itself. */
  readonly broken: Promise<string>;
  stop(): Promise<void>;
}

const STOP_GRACE_MS = 5_000;

/**
 * Starts a coordinator and `settings.workers` workers and waits until all are attached. The model is
 * fetched first, once. What they log goes to one file; `report` gets the steps, for people.
 */
export async function startEmbeddedCluster(
  settings: Settings,
  listen: string,
  report: (step: string) => void,
): Promise<EmbeddedCluster> {
  const folders = homeFolders(settings);
  const logFile = join(ensureFolder(folders.state), `cluster-${process.pid}.log`);
  const file = createWriteStream(logFile);
  const log = (line: string) => file.write(`${line}\n`);
  const running: RunningProgram[] = [];
  const stop = async () => {
    // Workers first: they detach in order rather than losing their coordinator.
    for (const program of running.splice(0).reverse()) await program.stop(STOP_GRACE_MS);
    file.end();
  };
  try {
    const model =
      settings.engine === 'sim'
        ? settings.model
        : await resolveModel(settings.model, folders.models, (p) => report(formatProgress(p)));
    const coordinator = await startProgram(
      {
        name: 'coordinator',
        main: mainOf('coordinator'),
        flags: coordinatorFlags(settings, listen),
        ready: /^helium coordinator listening on (\S+)/,
        tuneMalloc: false,
      },
      log,
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
      ).then((worker) => {
        running.push(worker);
        report(`worker ${worker.announced}`);
      }),
    );
    await Promise.all(workers);
    const broken = Promise.race(running.map((program) => program.exited.then(() => program.name)));
    return { address: coordinator.announced, logFile, broken, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function mainOf(room: 'coordinator' | 'worker'): string {
  return fileURLToPath(import.meta.resolve(`@helium/${room}/main`));
}

const COORDINATOR_SETTINGS = [
  'home',
  'redis-url',
  'cache-ttl-seconds',
  'cache-secret',
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
  };
}

function pick<K extends keyof Settings>(
  settings: Settings,
  names: readonly K[],
): Record<string, string | number> {
  return Object.fromEntries(names.map((name) => [name, settings[name]]));
}
