import { HeliumClient, loadConnection } from '@helium/client';
import { HeliumError, parseAddress } from '@helium/shared';
import {
  COORDINATOR_SETTINGS,
  loadSettings,
  type ResolvedSettings,
  SETTINGS,
  type SettingName,
  type Settings,
  settingFlags,
  WORKER_SETTINGS,
} from '@helium/shared/config';
import type { Command } from 'commander';
import {
  type EmbeddedCluster,
  fetchModel,
  startEmbeddedCluster,
} from './cluster/embedded-cluster.ts';

/** Lets a command take these settings as flags. */
export function withSettings(command: Command, names: readonly SettingName[]): Command {
  for (const { usage, description, accepts } of settingFlags(names)) {
    command.option(usage, `${description} (${accepts})`);
  }
  return command;
}

/** Flags over environment over config file over defaults. Throws CONFIG_INVALID. */
export function settingsOf(options: Readonly<Record<string, unknown>>): ResolvedSettings {
  const flags: Record<string, string> = {};
  for (const name of Object.keys(SETTINGS) as SettingName[]) {
    const value = options[camelCase(name)];
    if (typeof value === 'string') flags[name] = value;
  }
  return loadSettings({ flags, environment: process.env });
}

/** Of a single program: an embedded cluster gives each its own. */
const OF_ONE_PROGRAM: ReadonlySet<SettingName> = new Set([
  'coordinator',
  'listen',
  'worker-id',
  'health-listen',
]);

/** Settings that shape an embedded cluster: those of its programs. */
export const CLUSTER_SETTINGS: readonly SettingName[] = [
  ...new Set<SettingName>([...WORKER_SETTINGS, ...COORDINATOR_SETTINGS]),
].filter((name) => !OF_ONE_PROGRAM.has(name));

/** What a command takes that may start a cluster, or use one. */
export const CLIENT_SETTINGS: readonly SettingName[] = [
  'coordinator',
  // The first has a flag of its own: the policy of one run. A cluster for one run ends with it.
  ...CLUSTER_SETTINGS.filter((name) => name !== 'policy' && !name.startsWith('run-journal')),
];

/** A cluster that one command starts for itself on loopback knows nobody but it. */
const NO_IDENTITY = {
  credentials: '',
  token: '',
  'token-file': '',
  'tls-cert': '',
  'tls-key': '',
  'tls-client-ca': '',
  'tls-ca': '',
  'tls-server-name': '',
} as const;

/** People's messages go to standard error: standard output is for results. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/**
 * Runs `use` against the coordinator of the settings, or against an embedded cluster that is stopped at
 * the end, also when the process is interrupted. Throws UNREACHABLE when the embedded cluster is lost. An embedded
 * cluster is stopped before its workers have loaded a model where `check` rejects.
 */
export async function withClient<T>(
  settings: Settings,
  report: (step: string) => void,
  use: (client: HeliumClient, signal: AbortSignal) => Promise<T>,
  check: (client: HeliumClient) => Promise<void> = async () => {},
): Promise<T> {
  if (settings.coordinator !== '') {
    return interruptible((signal) => useCoordinator(settings, settings.coordinator, signal, use));
  }
  const own = { ...settings, ...NO_IDENTITY };
  // Until here a signal ends this process, and there is no other.
  const model = await fetchModel(own, report);
  return interruptible(async (signal) => {
    const plan = {
      // Nothing is left to be resumed; and others may use the same home.
      settings: { ...own, 'run-journal': 'off' as const },
      model,
      listen: '127.0.0.1:0',
      check: (address: string) => useCoordinator(own, address, signal, check),
    };
    const starting = startEmbeddedCluster(plan, report, signal);
    loadConnection();
    const cluster = await starting;
    const failed = new AbortController();
    try {
      const either = AbortSignal.any([signal, failed.signal]);
      const done = useCoordinator(own, cluster.address, either, use);
      return await Promise.race([done, failWhenLost(cluster)]);
    } finally {
      // A coordinator waits for live runs before it ends.
      failed.abort();
      await cluster.stop();
    }
  });
}

/**
 * Runs `act` with a signal that SIGINT and SIGTERM abort, the reason being a RUN_CANCELLED. A second one ends the
 * process.
 */
export async function interruptible<T>(act: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort(new HeliumError('RUN_CANCELLED', 'interrupted'));
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  try {
    return await act(interrupt.signal);
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

/** Of a connection that is closed at the end. */
export async function useCoordinator<T>(
  settings: Settings,
  address: string,
  signal: AbortSignal,
  use: (client: HeliumClient, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  parseAddress('coordinator', address);
  const client = new HeliumClient(address, {
    messageMibMax: settings['message-mib-max'],
    token: settings.token,
    tokenFile: settings['token-file'],
    tls: {
      ca: settings['tls-ca'],
      cert: settings['tls-cert'],
      key: settings['tls-key'],
      serverName: settings['tls-server-name'],
    },
    plaintextToken: settings['plaintext-token'] === 'on',
  });
  try {
    return await use(client, signal);
  } finally {
    client.close();
  }
}

async function failWhenLost({ lost, logFile }: EmbeddedCluster): Promise<never> {
  throw new HeliumError('UNREACHABLE', `${await lost}; see ${logFile}`);
}

/** The name under which commander has an option. */
export function camelCase(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
