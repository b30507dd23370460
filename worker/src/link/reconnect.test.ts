import { createPrng, HeliumError } from '@helium/shared';
import { type Logger, silentLogger } from '@helium/shared/telemetry';
import { describe, expect, it } from 'vitest';
import { Backoff } from './backoff.ts';
import { CoordinatorLink } from './coordinator-link.ts';
import { FakeEngine, FakePort, ManualClock } from './fakes.cases.ts';
import { keepAttached } from './reconnect.ts';

function start(outcomes: (FakePort | HeliumError)[], logger: Logger = silentLogger) {
  const clock = new ManualClock();
  const engine = new FakeEngine();
  const link = new CoordinatorLink(engine, { maxCalls: 2, clock, takeLoopDelayMs: () => 0 });
  const dialledAtMs: number[] = [];
  const stop = new AbortController();
  const dial = async () => {
    dialledAtMs.push(clock.now());
    const outcome = outcomes.shift() ?? new HeliumError('UNREACHABLE', 'nobody');
    if (outcome instanceof HeliumError) throw outcome;
    return outcome;
  };
  const ended = keepAttached(link, dial, {
    backoff: new Backoff({ firstMs: 100, maxMs: 1000 }, createPrng(1)),
    clock,
    logger,
    signal: stop.signal,
    onAttached: () => {},
  });
  ended.catch(() => {});
  return { clock, link, dialledAtMs, ended, stop };
}

describe('keepAttached', () => {
  it('dials for ever, at growing intervals with jitter', async () => {
    const { clock, dialledAtMs } = start([]);
    await clock.pass(10_000);
    const waits = dialledAtMs.slice(1).map((ms, i) => ms - (dialledAtMs[i] ?? 0));
    expect(waits.length).toBeGreaterThan(10);
    for (const [i, wait] of waits.entries()) {
      const step = Math.min(1000, 100 * 2 ** i);
      expect(wait).toBeGreaterThanOrEqual(step / 2);
      expect(wait).toBeLessThanOrEqual(step);
    }
  });

  it('dials again after a loss, and soon after one that had lasted', async () => {
    const [first, second] = [new FakePort(), new FakePort()];
    const failures = Array.from({ length: 4 }, () => new HeliumError('UNREACHABLE', 'nobody'));
    const { clock, dialledAtMs } = start([...failures, first, second]);
    await clock.pass(60_000);
    first.listener?.lost(new HeliumError('WORKER_LOST', 'gone'));
    const lostAtMs = clock.now();
    await clock.pass(100);
    expect((dialledAtMs.at(-1) ?? 0) - lostAtMs).toBeLessThanOrEqual(100);
    expect(second.listener).toBeDefined();
  });

  it('gives up when it is refused for good', async () => {
    for (const code of ['PROTOCOL_INCOMPATIBLE', 'MODEL_MISMATCH'] as const) {
      const { clock, ended, dialledAtMs } = start([new HeliumError(code, 'no')]);
      await clock.pass(5000);
      await expect(ended).rejects.toMatchObject({ code });
      expect(dialledAtMs).toHaveLength(1);
    }
  });

  it('goes on dialling, ever more seldom, when its token is not taken, and says so once', async () => {
    const warned: unknown[] = [];
    const logger = {
      ...silentLogger,
      warn: (_: string, fields: object = {}) => void warned.push(fields),
    };
    const refusals = Array.from({ length: 30 }, () => new HeliumError('UNAUTHENTICATED', 'who?'));
    const { clock, dialledAtMs } = start(refusals, logger);
    await clock.pass(10_000);
    expect(dialledAtMs.length).toBeGreaterThan(5);
    expect(dialledAtMs.length).toBeLessThan(30);
    expect(warned).toMatchObject([{ code: 'UNAUTHENTICATED', message: 'who?' }]);
  });

  it('ends at once when it is drained while nobody answers', async () => {
    const { clock, link, ended, stop } = start([]);
    await clock.pass(500);
    link.drain('stopped');
    stop.abort();
    await clock.pass(0);
    expect(await ended).toEqual({ kind: 'drained' });
  });
});
