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

it('look-ups that take long three times in a row are warned of once, and said to be fast after a minute of none', () => {
  const lines: string[] = [];
  const logger = createLogger('test', 'info', { write: (line) => lines.push(line) });
  let nowMs = 0;
  const clock: Clock = { ...systemClock, now: () => nowMs };
  const seconds: [string, number][] = [];
  const metrics = {
    ...createPromptCacheMetrics(noTelemetry().meter),
    took: (operation: string, s: number) => void seconds.push([operation, s]),
  };
  const ledger = new CacheLedger('s', logger, metrics, clock);
  const look = (...times: number[]) => {
    for (const ms of times) {
      nowMs += 1000;
      ledger.took('fetch', { ms, waitedMs: ms, limitMs: 100 });
    }
  };
  look(900, 900, 20, 900, 900, 20);
  expect(lines).toEqual([]);
  look(200, 300, 412.4, 500, 20, 500, 20, 20);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/WARN .*slowly.* store=s tookMs=412 limitMs=100$/);
  look(...Array.from({ length: 70 }, () => 20));
  expect(lines).toHaveLength(2);
  expect(lines[1]).toMatch(/INFO .*fast again/);
  expect(seconds[0]).toEqual(['fetch', 0.9]);
  // Time in which this process was busy is not the store's.
  ledger.took('fetch', { ms: 900, waitedMs: 3, limitMs: 100 });
  ledger.took('fetch', { ms: 900, waitedMs: 3, limitMs: 100 });
  ledger.took('fetch', { ms: 900, waitedMs: 3, limitMs: 100 });
  // Nothing waits for a store as for a look-up.
  for (let i = 0; i < 3; i += 1) ledger.took('store', { ms: 900, waitedMs: 900, limitMs: 100 });
  expect(lines).toHaveLength(2);
});
