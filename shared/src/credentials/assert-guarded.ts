import { parseAddress } from '../config/address.ts';
import type { Settings } from '../config/settings.ts';
import { HeliumError } from '../errors/helium-error.ts';
import { isLoopback } from '../identity/index.ts';

/** The settings that say who reaches the coordinator's port. */
export type PortGuard = Pick<
  Settings,
  'listen' | 'credentials' | 'tls-client-ca' | 'anonymous-access'
>;

/** The settings that say who reaches a program's metrics. */
export type MetricsGuard = Pick<
  Settings,
  'metrics-listen' | 'metrics-credentials' | 'anonymous-access'
>;

/**
 * Throws CONFIG_INVALID where other machines would reach the coordinator's port with neither a token nor a certificate,
 * and `anonymous-access` does not say that they may.
 */
export function assertPortGuarded(settings: PortGuard): void {
  const { listen, credentials, 'tls-client-ca': clientCa } = settings;
  if (isLoopback(parseAddress('listen', listen).host)) return;
  if (credentials !== '' || clientCa !== '' || settings['anonymous-access'] === 'all') return;
  const message =
    `listen: everybody who reaches ${listen} could run, read, cancel, drain and attach workers: set credentials or ` +
    'tls-client-ca, or anonymous-access to all where something else keeps others out';
  throw new HeliumError('CONFIG_INVALID', message);
}

/** The same of the metrics' port of coordinators and workers, which tells what all tenants do together. */
export function assertMetricsGuarded(settings: MetricsGuard): void {
  const listen = settings['metrics-listen'];
  if (listen === '' || isLoopback(parseAddress('metrics-listen', listen).host)) return;
  if (settings['metrics-credentials'] !== '' || settings['anonymous-access'] !== 'none') return;
  const message =
    `metrics-listen: everybody who reaches ${listen} could read the counts of all tenants: set metrics-credentials, ` +
    'or anonymous-access to metrics where something else keeps others out';
  throw new HeliumError('CONFIG_INVALID', message);
}
