import { tokenOfBearer } from '../identity/index.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { MetricsDoor } from '../telemetry/prometheus-endpoint.ts';
import type { Clock } from '../time/clock.ts';
import { assertMetricsGuarded, type MetricsGuard } from './assert-guarded.ts';
import type { CredentialBook } from './credential-book.ts';
import { watchCredentials } from './watch-credentials.ts';

/**
 * Who may read metrics, as the settings say; undefined: everybody who reaches their port. Follows the files for as long
 * as the process lives. Throws CONFIG_INVALID where the files cannot be used, and for a port that nothing guards.
 */
export function openMetricsDoor(
  settings: MetricsGuard,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): MetricsDoor | undefined {
  assertMetricsGuarded(settings);
  const value = settings['metrics-credentials'];
  if (settings['metrics-listen'] === '' || value === '') return undefined;
  const { book } = watchCredentials({ name: 'metrics-credentials', value }, { clock, logger });
  return (authorization) => admit(book, authorization);
}

function admit(book: CredentialBook, authorization: string | undefined): ReturnType<MetricsDoor> {
  const token = authorization === undefined ? undefined : tokenOfBearer(authorization);
  if (token === undefined)
    return { status: 401, message: 'metrics are for a token, "Authorization: Bearer TOKEN"' };
  const found = book.find(token);
  if (typeof found === 'string')
    return { status: 401, message: 'the token is not known here, or not any more' };
  if (found.roles.has('monitor')) return undefined;
  return { status: 403, message: `the token of "${found.name}" has not the role monitor` };
}
