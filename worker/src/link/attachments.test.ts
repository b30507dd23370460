import { callId, HeliumError } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { attach } from './attached-link.fixture.ts';
import { CoordinatorLink } from './coordinator-link.ts';
import { call, FakeEngine, FakePort, ManualClock, resultOf } from './fakes.cases.ts';
import { EVENTS_MAX } from './residency-log.ts';

describe('CoordinatorLink, what goes over an attachment and when it ends,', () => {
  it('tells calls that wait from those that run', async () => {
    const { clock, engine, port, send } = attach();
    await clock.pass(0);
    send(['a', 'b', 'c']);
    const load = { runningCalls: 2, queuedCalls: 0, kvTokensUsed: 64 };
    const step = { prefillTokens: 1, decodeCalls: 1, contextTokens: 1, ms: 1 };
    engine.emit({ kind: 'stepped', step, load, tokens: new Map() });
    await clock.pass(1000);
    expect(port.sent.findLast(({ kind }) => kind === 'heartbeat')).toMatchObject({
      load: { runningCalls: 2, queuedCalls: 1 },
    });
  });

  it('beats for one attachment at a time', async () => {
    const { clock, link, port } = attach();
    await clock.pass(500);
    port.listener?.lost(new HeliumError('UNREACHABLE', 'gone'));
    const next = new FakePort();
    void link.serve(next);
    await clock.pass(2000);
    expect(next.sent.filter(({ kind }) => kind === 'heartbeat')).toHaveLength(3);
  });

  it('hands on directives, and cancellations of calls that it has', async () => {
    const { clock, engine, port, send, finish } = attach();
    await clock.pass(0);
    port.take();
    const tokens = new Int32Array(16);
    const prefetch = { kind: 'prefetch', cacheSalt: '', tokens, pin: false, nextUse: 1 } as const;
    port.listener?.message({ kind: 'directives', directives: [prefetch] });
    expect(engine.directed).toEqual(['prefetch']);
    send(['a', 'b']);
    finish('b');
    const ids = ['a', 'b', 'never'].map(callId);
    port.listener?.message({ kind: 'cancel', ids, unlessBegun: false });
    expect(engine.cancelled).toEqual(['a']);
    await clock.pass(20);
    expect(port.take().map(({ kind }) => kind)).toEqual(['results', 'credits']);
  });

  it('tells of prefixes that were computed ahead', async () => {
    const { clock, engine, link, port, states, send } = attach();
    await clock.pass(0);
    port.take();
    send(['a']);
    engine.emit({ kind: 'prefetched', residentTokens: 64, computedTokens: 16 });
    await clock.pass(0);
    expect(port.take()).toEqual([{ kind: 'prefetched', residentTokens: 64, computedTokens: 16 }]);
    expect(states).toEqual(['attached']);
    // And forgets no call by it.
    link.drain('stopped');
    await clock.pass(0);
    expect(port.isClosed).toBe(false);
  });

  it('tells the next attachment nothing that its engine said while there was none', async () => {
    const { clock, engine, link, port, states, delta } = attach();
    await clock.pass(0);
    port.listener?.lost(new HeliumError('UNREACHABLE', 'gone'));
    delta('a', 0, 'x');
    engine.emit({ kind: 'prefetched', residentTokens: 64, computedTokens: 16 });
    const next = new FakePort();
    void link.serve(next);
    await clock.pass(20);
    expect(next.take().map(({ kind }) => kind)).toEqual(['snapshot', 'credits']);
    expect(states).toEqual(['attached', 'detached', 'attached']);
  });

  it('gives credits once, however many snapshots are asked for', async () => {
    const { clock, port } = attach();
    await clock.pass(0);
    port.take();
    port.listener?.message({ kind: 'snapshotRequest' });
    await clock.pass(0);
    expect(port.take().map(({ kind }) => kind)).toEqual(['snapshot']);
  });

  it('gives credits for its own snapshot, not for that of an attachment before', async () => {
    const { clock, link, port } = attach();
    port.listener?.lost(new HeliumError('UNREACHABLE', 'gone'));
    const next = new FakePort();
    void link.serve(next);
    await clock.pass(0);
    expect(next.take()).toMatchObject([{ kind: 'snapshot' }, { kind: 'credits', calls: 4 }]);
  });

  it('sends a snapshot in place of more events than may wait', async () => {
    const { clock, engine, port } = attach();
    await clock.pass(0);
    port.take();
    port.isBlocked = true;
    engine.store(0);
    await clock.pass(20);
    port.take();
    for (let n = 1; n <= EVENTS_MAX + 1; n++) engine.store(n);
    await clock.pass(20);
    port.unblock();
    const [only, ...more] = port.take();
    expect(only).toMatchObject({ kind: 'snapshot', snapshot: { sequence: EVENTS_MAX + 2 } });
    expect(more).toEqual([]);
  });

  it('serves one attachment at a time, and none while calls of another run', async () => {
    const { clock, link, port, send } = attach();
    await clock.pass(0);
    const serveAnother = () => void link.serve(new FakePort());
    expect(serveAnother).toThrow('one attachment at a time');
    send(['a']);
    port.listener?.lost(new HeliumError('UNREACHABLE', 'gone'));
    expect(serveAnother).toThrow('calls of the former attachment are still running');
  });

  it('drains at once where nothing is in flight, also what attaches afterwards', async () => {
    const { clock, link, port, served } = attach();
    await clock.pass(0);
    port.take();
    link.drain('stopped');
    await clock.pass(0);
    expect([port.isClosed, port.take().map(({ kind }) => kind)]).toEqual([true, ['draining']]);
    expect(await served).toEqual({ kind: 'drained' });
    const next = new FakePort();
    next.isBlocked = true;
    const again = link.serve(next);
    await clock.pass(0);
    next.unblock();
    expect([next.isClosed, next.take().map(({ kind }) => kind)]).toEqual([
      true,
      ['draining', 'snapshot'],
    ]);
    expect(await again).toEqual({ kind: 'drained' });
  });

  it('closes when all is sent, and sends nothing after that', async () => {
    const { clock, engine, link, port } = attach();
    await clock.pass(0);
    port.take();
    port.isBlocked = true;
    engine.store(1);
    await clock.pass(20);
    link.drain('stopped');
    await clock.pass(20);
    expect(port.isClosed).toBe(false);
    port.unblock();
    expect(port.isClosed).toBe(true);
    port.take();
    engine.store(2);
    port.listener?.writable();
    expect(port.take()).toEqual([]);
  });

  it('waits for no result of an engine that failed', async () => {
    const { clock, engine, link, port, served, send } = attach();
    await clock.pass(0);
    send(['a']);
    engine.emit({ kind: 'failed', message: 'broken' });
    await clock.pass(0);
    expect(port.isClosed).toBe(true);
    expect(await served).toEqual({ kind: 'engineFailed', message: 'broken' });
    await link.idle();
    expect(engine.cancelled).toEqual([]);
  });

  it('wakes who waits for calls that a failed engine had', async () => {
    const { engine, link, send } = attach();
    send(['a']);
    const idle = link.idle();
    engine.emit({ kind: 'failed', message: 'broken' });
    await idle;
    expect(link.over).toEqual({ kind: 'engineFailed', message: 'broken' });
  });

  it('tells its observer of every call and whatever the engine says', async () => {
    const engine = new FakeEngine();
    const told: string[] = [];
    const link = new CoordinatorLink(engine, {
      ...{ maxCalls: 4, clock: new ManualClock(), takeLoopDelayMs: () => 0 },
      observer: {
        submitted: ({ id }) => told.push(id),
        engineEvent: ({ kind }) => told.push(kind),
      },
    });
    engine.store(1);
    const port = new FakePort();
    void link.serve(port);
    port.listener?.message({ kind: 'batch', calls: [call('a')] });
    engine.emit({ kind: 'finished', result: resultOf('a') });
    expect(told).toEqual(['residency', 'a', 'finished']);
  });
});
