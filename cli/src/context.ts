import { HeliumClient } from '@helium/client';
import {
  loadSettings,
  type ResolvedSettings,
  SETTINGS,
  type SettingName,
  type Settings,
  settingFlags,
} from '@helium/shared/config';
import type { Command } from 'commander';
import { type EmbeddedCluster, startEmbeddedCluster } from './cluster/embedded-cluster.ts';

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

/** Settings that shape an embedded cluster; every command that may start one takes them. */
export const CLUSTER_SETTINGS = [
  'coordinator',
  'workers',
  'model',
  'engine',
  'threads',
  'max-batch',
  'context-tokens',
  'kv-mib',
  'sim-speed',
  'redis-url',
  'functions',
  'home',
  'log-level',
] as const satisfies readonly SettingName[];

/** People's messages go to standard error: standard output is for results. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/**
 * Runs `use` against the coordinator of the settings, or against an embedded cluster that is stopped at
 * the end, also when the process is interrupted.
 */
export async function withClient<T>(
  settings: Settings,
  report: (step: string) => void,
  use: (client: HeliumClient, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort();
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  let cluster: EmbeddedCluster | undefined;
  let client: HeliumClient | undefined;
  try {
    if (settings.coordinator === '') {
      cluster = await startEmbeddedCluster(settings, '127.0.0.1:0', report);
    }
    const address = cluster?.address ?? settings.coordinator;
    client = new HeliumClient(address, { messageMibMax: settings['message-mib-max'] });
    return await use(client, interrupt.signal);
  } finally {
    client?.close();
    await cluster?.stop();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

function camelCase(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
