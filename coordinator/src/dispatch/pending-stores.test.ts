import { type Clock, runId } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { PendingStores } from './pending-stores.ts';

const r = runId('r');

function pending() {
  const timers: (() => void)[] = [];
  const clock: Clock = {
    now: () => 0,
    wallTime: () => 0,
    setTimer: (_, fire) => {
      timers.push(fire);
      return { cancel: () => {} };
    },
  };
  const said: string[] = [];
  const stores = new PendingStores(clock);
  return { stores, said, say: (text: string) => () => void said.push(text), timers };
}

describe('PendingStores', () => {
  it('lets a run end only after all its results are stored, or failed to be', async () => {
    const { stores, said, say } = pending();
    const [one, two] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    stores.add([r], one.promise);
    stores.add([r], two.promise);
    stores.whenStored(r, say('end'));
    stores.whenStored(runId('other'), say('other'));
    one.resolve();
    await Promise.resolve();
    expect(said).toEqual(['other']);
    two.reject(new Error('disk full'));
    await new Promise(setImmediate);
    expect(said).toEqual(['other', 'end']);
    stores.whenStored(r, say('again'));
    expect(said).toEqual(['other', 'end', 'again']);
  });

  it('does not wait for ever, and ends the run once', async () => {
    const { stores, said, say, timers } = pending();
    const late = Promise.withResolvers<void>();
    stores.add([r], late.promise);
    stores.whenStored(r, say('end'));
    for (const fire of timers) fire();
    late.resolve();
    await new Promise(setImmediate);
    expect(said).toEqual(['end']);
  });
});
