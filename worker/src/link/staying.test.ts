import { HeliumError } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { attach } from './attached-link.fixture.ts';

/** A link that has said that it drains, and may stay. */
async function draining(...calls: string[]) {
  const attached = attach();
  const { clock, link, port, send } = attached;
  await clock.pass(0);
  send(calls);
  port.take();
  link.drain('stopped', true);
  await clock.pass(0);
  expect(port.take()).toEqual([{ kind: 'draining', reason: 'stopped', mayStay: true }]);
  return attached;
}

/** What it has sent but heartbeats. */
function said(port: Awaited<ReturnType<typeof draining>>['port']) {
  return port
    .take()
    .map(({ kind }) => kind)
    .filter((kind) => kind !== 'heartbeat');
}

describe('a worker that drains and may stay', () => {
  it('waits for the answer, and goes when it is let go', async () => {
    const { clock, link, port, served, stays } = await draining();
    await clock.pass(10);
    expect([link.over, port.isClosed]).toEqual([undefined, false]);
    port.listener?.message({ kind: 'drain' });
    await clock.pass(0);
    expect(await served).toEqual({ kind: 'drained' });
    expect([port.isClosed, stays]).toEqual([true, []]);
  });

  it('takes calls while it is asked to stay, and then finishes what it has', async () => {
    const { clock, port, served, stays, states, send, finish } = await draining('a');
    port.listener?.message({ kind: 'stay' });
    await clock.pass(10 * port.heartbeatIntervalMs);
    finish('a');
    await clock.pass(0);
    expect(said(port)).toEqual(['results', 'credits']);
    send(['b', 'c']);
    finish('b');
    await clock.pass(0);
    expect(said(port)).toEqual(['results', 'credits']);
    port.listener?.message({ kind: 'drain' });
    await clock.pass(0);
    expect(port.isClosed).toBe(false);
    finish('c');
    await clock.pass(0);
    expect(said(port)).toEqual(['results']);
    expect(await served).toEqual({ kind: 'drained' });
    expect([stays, states]).toEqual([
      [true, false],
      ['attached', 'draining'],
    ]);
  });

  it('goes without an answer after two heartbeats, when what it has is done', async () => {
    const { clock, port, served, stays, finish } = await draining('a');
    await clock.pass(2 * port.heartbeatIntervalMs - 1);
    expect(port.isClosed).toBe(false);
    finish('a');
    await clock.pass(0);
    expect(said(port)).toEqual(['results', 'credits']);
    await clock.pass(1);
    expect(await served).toEqual({ kind: 'drained' });
    // Too late.
    port.listener?.message({ kind: 'stay' });
    expect(stays).toEqual([]);
  });

  it('goes when it loses the coordinator that asked it to stay', async () => {
    const { clock, link, port, served } = await draining('a');
    port.listener?.message({ kind: 'stay' });
    await clock.pass(0);
    port.listener?.lost(new HeliumError('UNREACHABLE', 'it died'));
    expect(await served).toMatchObject({ kind: 'lost' });
    expect(link.over).toEqual({ kind: 'drained' });
  });

  it('does not ask when it is going already', async () => {
    const { clock, link, port, served, send, finish } = attach();
    await clock.pass(0);
    send(['a']);
    port.listener?.message({ kind: 'drain' });
    await clock.pass(0);
    port.take();
    link.drain('stopped', true);
    await clock.pass(0);
    expect(port.take()).toEqual([{ kind: 'draining', reason: 'stopped', mayStay: false }]);
    finish('a');
    await clock.pass(0);
    expect(await served).toEqual({ kind: 'drained' });
  });

  it('is one that drains: asked to stay before, it goes on as it was', async () => {
    const { clock, link, port, stays, states } = attach();
    port.listener?.message({ kind: 'stay' });
    await clock.pass(0);
    expect([link.over, stays, states]).toEqual([undefined, [], ['attached']]);
  });
});
