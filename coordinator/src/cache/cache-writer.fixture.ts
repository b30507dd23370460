import { createHash } from 'node:crypto';
import { tenantId } from '@helium/shared';
import { createPromptCacheMetrics, noTelemetry, silentLogger } from '@helium/shared/telemetry';
import { createRedisPromptCache } from './redis-prompt-cache.ts';
import { createSqlitePromptCache } from './sqlite-prompt-cache.ts';

/**
 * A process of its own that stores entries one by one: `STORE PLACE SECRET TENANT NAME COUNT`. Its
 * exit status is the number of requests that failed, up to 255.
 */
const [store, place = '', secret = '', tenant = '', name, count] = process.argv.slice(2);
const common = {
  ttlSeconds: 3600,
  secret,
  logger: silentLogger,
  metrics: createPromptCacheMetrics(noTelemetry().meter),
};
const cache =
  store === 'redis'
    ? await createRedisPromptCache({ ...common, url: place })
    : createSqlitePromptCache({ ...common, path: place, maxBytes: 1 << 30 });
const keyOf = (text: string) => createHash('sha256').update(text).digest('hex');
for (let i = 0; i < Number(count); i += 1) {
  await cache.storeMany(tenantId(tenant), [
    { key: keyOf(`${name}/${i}`), text: 'x'.repeat(1000) },
    { key: keyOf('shared'), text: 'same' },
  ]);
}
const { errors } = await cache.statistics(tenantId(tenant));
await cache.close();
process.exitCode = Math.min(errors, 255);
