import { systemClock } from '@helium/shared';
import { createLogger } from '@helium/shared/telemetry';
import { expect, it } from 'vitest';
import { ModelCatalog } from './model-catalog.ts';
import { type PrepareParts, prepareRuns } from './prepare-runs.ts';

/** A scheduler that rehearses until the run that comes, or fails. */
function prepare(store: { latest(): string | undefined }, rehearsal: () => Promise<void>) {
  const did: string[] = [];
  const runs = { isBusy: false };
  let isBusy = () => false;
  const scheduler = {
    prepare: () => void did.push('thread'),
    rehearse(_turn: unknown, _rehearsed: unknown, busy: () => boolean) {
      did.push('rehearses');
      isBusy = busy;
      return rehearsal();
    },
  } as unknown as PrepareParts['scheduler'];
  const logger = createLogger('test', 'info', {
    write: (line) => did.push(line.replace(/^\S+\s+/, '')),
  });
  const find = () => undefined;
  const catalog = new ModelCatalog({ ...store, find, keep() {} });
  prepareRuns({ catalog, runs, scheduler, clock: systemClock, logger });
  return { did, runs, isBusy: () => isBusy() };
}

it('starts the thread and rehearses until a run comes', () => {
  const { did, runs, isBusy } = prepare({ latest: () => undefined }, async () => {});
  expect(did).toEqual(['thread', 'rehearses']);
  expect(isBusy()).toBe(false);
  runs.isBusy = true;
  expect(isBusy()).toBe(true);
});

it('goes on without a tokenizer that cannot be opened and without rehearsal, and says so', async () => {
  const latest = () => {
    throw new Error('another version');
  };
  const { did } = prepare({ latest }, () => Promise.reject(new Error('no thread')));
  await new Promise(setImmediate);
  expect(did).toEqual([
    'thread',
    expect.stringMatching(/^WARN.*a kept tokenizer cannot be opened.*another version/),
    'rehearses',
    expect.stringMatching(/^WARN.*planning was not rehearsed.*no thread/),
  ]);
});
