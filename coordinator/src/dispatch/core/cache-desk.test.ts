import { describe, expect, it } from 'vitest';
import { CacheDesk } from './cache-desk.ts';
import type { Effect } from './core-event.ts';
import type { CallOwner, LiveCall } from './live-call.ts';

/** A node of a run; its derivation's key is the run's and the node's, or none for node 0. */
function owner(run: string, node: number, { tenant = 't', usesCache = true } = {}): CallOwner {
  const derivationKey = (of: number) => (of === 0 ? undefined : `derived ${run}${of}`);
  return { run: { id: run, usesCache, planned: { tenant }, derivationKey }, node } as never;
}

function call(key: string, ...owners: CallOwner[]): LiveCall {
  return { key, owners, state: 'looking-up' } as unknown as LiveCall;
}

function open() {
  const effects: Effect[] = [];
  const desk = new CacheDesk((effect) => effects.push(effect));
  return { desk, take: () => effects.splice(0) };
}

describe('CacheDesk', () => {
  it('looks up what became known in a turn in one round trip for each tenant', () => {
    const { desk, take } = open();
    const calls = [
      call('k1', owner('a', 1)),
      call('k2', owner('b', 1, { tenant: 'u' })),
      call('k3', owner('c', 1)),
    ];
    for (const each of calls) desk.lookUp(each);
    desk.request();
    expect(take()).toEqual([
      { kind: 'lookupPrompts', request: 1, tenant: 't', keys: ['k1', 'k3'] },
      { kind: 'lookupPrompts', request: 2, tenant: 'u', keys: ['k2'] },
    ]);
    desk.request();
    expect(take()).toEqual([]);
    expect(desk.takeAsked(1)).toEqual([calls[0], calls[2]]);
    expect(desk.takeAsked(1)).toEqual([]);
  });

  it('asks for no call that nobody waits for, and gives none back that ended meanwhile', () => {
    const { desk, take } = open();
    const calls = [call('k1'), call('k2', owner('a', 1)), call('k3', owner('a', 2))];
    for (const each of calls) desk.lookUp(each);
    desk.request();
    expect(take()).toMatchObject([{ keys: ['k2', 'k3'] }]);
    calls[1]!.state = 'ended';
    expect(desk.takeAsked(1)).toEqual([calls[2]]);
  });

  it("stores a text under its prompt's key and each owner's derivation, once each", () => {
    const { desk, take } = open();
    const owners = [owner('a', 1), owner('b', 0), owner('b', 2), owner('a', 1)];
    desk.store(owners, 'text', 'prompt');
    const entries = ['prompt', 'derived a1', 'derived b2'].map((key) => ({ key, text: 'text' }));
    expect(take()).toEqual([{ kind: 'storeResults', tenant: 't', runs: ['a', 'b'], entries }]);
  });

  it('stores nothing where there is no key, no owner, or the run bypasses the cache', () => {
    const { desk, take } = open();
    desk.store([owner('a', 0)], 'text');
    desk.store([], 'text', 'prompt');
    desk.store([owner('a', 1, { usesCache: false })], 'text', 'prompt');
    expect(take()).toEqual([]);
  });
});
