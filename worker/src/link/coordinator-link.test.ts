import { HeliumError } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { attach } from './attached-link.fixture.ts';
import { FakePort, hash, resultOf } from './fakes.cases.ts';

describe('CoordinatorLink', () => {
  it('opens with a heartbeat, then a snapshot, then credits for all it takes', async () => {
    const { clock, port } = attach();
    await clock.pass(0);
    expect(port.sent.map(({ kind }) => kind)).toEqual(['heartbeat', 'snapshot', 'credits']);
    expect(port.sent[2]).toEqual({ kind: 'credits', calls: 4 });
  });

  it('submits calls and gives each credit back with the result', async () => {
    const { clock, engine, port, send, finish } = attach();
    await clock.pass(0);
    port.take();
    send(['a', 'b']);
    expect(engine.submitted).toEqual(['a', 'b']);
    finish('b');
    await clock.pass(0);
    expect(port.take()).toEqual([
      { kind: 'results', results: [resultOf('b')] },
      { kind: 'credits', calls: 1 },
    ]);
  });

  it('merges deltas for 20 ms, or until they are 32 tokens', async () => {
    const { clock, port, send, delta } = attach();
    await clock.pass(0);
    port.take();
    send(['a', 'b']);
    delta('a', 0, 'x');
    delta('b', 0, 'p');
    delta('a', 1, 'y');
    await clock.pass(19);
    expect(port.take()).toEqual([]);
    await clock.pass(1);
    expect(port.take()).toEqual([
      {
        kind: 'deltas',
        deltas: [
          { id: 'a', offset: 0, text: 'xy', tokens: 2 },
          { id: 'b', offset: 0, text: 'p', tokens: 1 },
        ],
      },
    ]);
    delta('a', 2, 'z', 32);
    await clock.pass(0);
    expect(port.take()).toHaveLength(1);
  });

  it('sends deltas and residency before the result they belong to', async () => {
    const { clock, engine, port, send, finish, delta } = attach();
    await clock.pass(0);
    port.take();
    send(['a']);
    delta('a', 0, 'x');
    finish('a');
    engine.store(7);
    await clock.pass(0);
    expect(port.take().map(({ kind }) => kind)).toEqual([
      'residency',
      'deltas',
      'results',
      'credits',
    ]);
  });

  it('holds everything while the stream is blocked, loses no result, merges the rest', async () => {
    const { clock, port, send, finish, delta } = attach();
    await clock.pass(0);
    port.take();
    send(['a', 'b', 'c', 'd']);
    port.isBlocked = true;
    delta('a', 0, 'x');
    await clock.pass(20);
    expect(port.take()).toHaveLength(1);
    for (let i = 1; i <= 100; i++) delta('a', i, 'x');
    for (const id of ['b', 'c', 'd']) finish(id);
    await clock.pass(5000);
    expect(port.sent).toEqual([]);
    port.unblock();
    const messages = port.sent;
    expect(messages.map(({ kind }) => kind)).toEqual(['heartbeat', 'deltas', 'results', 'credits']);
    expect(messages[1]).toMatchObject({ deltas: [{ offset: 1, text: 'x'.repeat(100) }] });
    expect(messages[2]).toMatchObject({ results: [{ id: 'b' }, { id: 'c' }, { id: 'd' }] });
  });

  it('numbers residency from 1 after the snapshot, and answers a request with a new one', async () => {
    const { clock, engine, port } = attach();
    engine.store(1);
    await clock.pass(20);
    engine.store(2);
    await clock.pass(20);
    port.listener?.message({ kind: 'snapshotRequest' });
    engine.store(3);
    await clock.pass(20);
    engine.store(4);
    await clock.pass(20);
    const told = port.take().filter(({ kind }) => kind === 'residency' || kind === 'snapshot');
    expect(told).toMatchObject([
      { kind: 'snapshot', snapshot: { sequence: 0, blocks: [] } },
      { kind: 'residency', events: [{ sequence: 1 }] },
      { kind: 'residency', events: [{ sequence: 2 }] },
      {
        kind: 'snapshot',
        snapshot: { sequence: 2, blocks: [{ hash: hash(1) }, { hash: hash(2) }] },
      },
      { kind: 'residency', events: [{ sequence: 3 }] },
      { kind: 'residency', events: [{ sequence: 4 }] },
    ]);
  });

  it('cancels the calls of a lost attachment and opens the next with what is resident', async () => {
    const { clock, engine, link, port, served, send } = attach();
    await clock.pass(0);
    send(['a', 'b']);
    engine.store(1);
    port.listener?.lost(new HeliumError('UNREACHABLE', 'gone'));
    expect(await served).toMatchObject({ kind: 'lost', error: { message: 'gone' } });
    expect(engine.cancelled).toEqual(['a', 'b']);
    await link.idle();
    const next = new FakePort();
    void link.serve(next);
    engine.store(2);
    await clock.pass(20);
    // No result of the former attachment's calls, which the coordinator plans anew.
    expect(next.take()).toMatchObject([
      { kind: 'snapshot', snapshot: { sequence: 0, blocks: [{ hash: hash(1) }] } },
      { kind: 'residency', events: [{ sequence: 1, event: { blocks: [hash(2)] } }] },
      { kind: 'credits', calls: 4 },
    ]);
  });

  it('tells the next attachment nothing that waited for a lost one', async () => {
    const { clock, engine, link, port, send, finish, delta } = attach();
    await clock.pass(0);
    send(['a', 'b']);
    port.isBlocked = true;
    engine.store(1);
    await clock.pass(20);
    delta('a', 0, 'x');
    finish('b');
    engine.emit({ kind: 'prefetched', residentTokens: 16, computedTokens: 16 });
    port.listener?.lost(new HeliumError('UNREACHABLE', 'gone'));
    await link.idle();
    const next = new FakePort();
    void link.serve(next);
    await clock.pass(20);
    expect(next.take()).toMatchObject([{ kind: 'snapshot' }, { kind: 'credits', calls: 4 }]);
  });

  it('drains: grants nothing more, answers what it has, then closes', async () => {
    const { clock, port, served, send, finish } = attach();
    await clock.pass(0);
    port.take();
    send(['a', 'b']);
    port.listener?.message({ kind: 'drain' });
    await clock.pass(0);
    finish('a');
    await clock.pass(0);
    expect(port.take().map(({ kind }) => kind)).toEqual(['draining', 'results']);
    expect(port.isClosed).toBe(false);
    finish('b');
    await clock.pass(0);
    expect(await served).toEqual({ kind: 'drained' });
    expect([port.isClosed, port.take().length]).toEqual([true, 1]);
  });

  it('reports the errors of a failed engine before it ends', async () => {
    const { clock, engine, port, served, send } = attach();
    await clock.pass(0);
    port.take();
    send(['a']);
    const error = { code: 'ENGINE_FAILED', message: 'broken' } as const;
    engine.emit({ kind: 'finished', result: { ...resultOf('a', 'error'), error } });
    engine.emit({ kind: 'failed', message: 'broken' });
    await clock.pass(0);
    expect(await served).toEqual({ kind: 'engineFailed', message: 'broken' });
    expect(port.take()[0]).toMatchObject({ kind: 'results', results: [{ error }] });
  });

  it('ends at once when its engine fails and nothing is in flight', async () => {
    const { clock, engine, port, served } = attach();
    await clock.pass(0);
    engine.emit({ kind: 'failed', message: 'broken' });
    await clock.pass(0);
    expect(port.isClosed).toBe(true);
    expect(await served).toEqual({ kind: 'engineFailed', message: 'broken' });
  });

  it('beats at the interval it was told, with the load', async () => {
    const { clock, engine, port } = attach();
    await clock.pass(0);
    const load = { runningCalls: 2, queuedCalls: 1, kvTokensUsed: 64 };
    const step = { prefillTokens: 1, decodeCalls: 1, contextTokens: 1, ms: 1 };
    engine.emit({ kind: 'stepped', step, load, tokens: new Map() });
    engine.emit({ kind: 'stepped', step, load, tokens: new Map() });
    for (const computedTokens of [16, 48]) {
      engine.emit({ kind: 'prefetched', residentTokens: 64, computedTokens });
    }
    await clock.pass(2000);
    const beats = port.sent.filter(({ kind }) => kind === 'heartbeat');
    expect(beats).toHaveLength(3);
    // Nothing is in flight, whatever the last step said.
    expect(beats[2]).toMatchObject({
      load: { runningCalls: 0, kvTokensUsed: 64, loopDelayMs: 0.5, prefetchedTokens: 64 },
    });
    expect(beats[2]).toMatchObject({ load: { steps: { steps: 2, ms: 2 } } });
  });

  it('tells each change of its state once', async () => {
    const { clock, link, port, states } = attach();
    expect(states).toEqual(['attached']);
    port.listener?.lost(new HeliumError('WORKER_LOST', 'gone'));
    void link.serve(new FakePort());
    link.drain('stopped');
    link.drain('stopped again');
    await clock.pass(0);
    expect(states).toEqual(['attached', 'detached', 'attached', 'draining']);
  });

  it('is not ready from the moment its coordinator asks it to drain, or its engine fails', () => {
    const [drained, failed] = [attach(), attach()];
    drained.port.listener?.message({ kind: 'drain' });
    failed.engine.emit({ kind: 'failed', message: 'out of memory' });
    expect(drained.states.at(-1)).toBe('draining');
    expect(failed.states.at(-1)).toBe('failed');
  });
});
