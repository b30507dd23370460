import { type Clock, systemClock, tenantId } from '@helium/shared';
import { createLogger, createPromptCacheMetrics, noTelemetry } from '@helium/shared/telemetry';
import { expect, it } from 'vitest';
import { CacheLedger } from './cache-ledger.ts';

it('a store that fails now and then is not said to be away and back with every look-up', () => {
  const lines: string[] = [];
  const logger = createLogger('test', 'info', { write: (line) => lines.push(line) });
  let nowMs = 0;
  const clock: Clock = { ...systemClock, now: () => nowMs };
  const ledger = new CacheLedger('s', logger, createPromptCacheMetrics(noTelemetry().meter), clock);
  for (let i = 0; i < 1000; i += 1) {
    nowMs += 10;
    ledger.failed(tenantId('a'), 'fetch', new Error('a page cannot be read'));
    expect(ledger.reachable).toBe(false);
    ledger.cameBack();
    expect(ledger.reachable).toBe(true);
  }
  nowMs += 60_000;
  ledger.cameBack();
  ledger.cameBack();
  const said = lines.map((line) => /does not answer|answers again/.exec(line)?.[0]);
  expect(said).toEqual(['does not answer', 'answers again', 'does not answer', 'answers again']);
  expect(ledger.countsOf(tenantId('a')).errors).toBe(1000);
});

it('entries that do not verify are warned of once, and again after a minute without any', () => {
  const lines: string[] = [];
  const logger = createLogger('test', 'info', { write: (line) => lines.push(line) });
  let nowMs = 0;
  const clock: Clock = { ...systemClock, now: () => nowMs };
  const ledger = new CacheLedger('s', logger, createPromptCacheMetrics(noTelemetry().meter), clock);
  const counts = { hits: 5, misses: 3, rejected: 2 };
  for (let i = 0; i < 10; i += 1) {
    ledger.lookedUp(tenantId('a'), counts);
    ledger.lookedUp(tenantId('a'), { ...counts, rejected: 0 });
    nowMs += 20_000;
  }
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/WARN.*cache-secret.*rejected=2/);
  nowMs += 60_000;
  ledger.lookedUp(tenantId('b'), counts);
  expect(lines).toHaveLength(2);
});
