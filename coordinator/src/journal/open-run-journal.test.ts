import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@helium/shared/telemetry';
import { expect, it, onTestFinished } from 'vitest';
import { openRunJournal } from './open-run-journal.ts';

const SETTINGS = { 'run-journal': 'on', 'run-journal-name': 'default', 'redis-url': '' } as const;

function place(told: (line: string) => void = () => {}) {
  const stateFolder = mkdtempSync(join(tmpdir(), 'helium-journal-'));
  onTestFinished(() => rmSync(stateFolder, { recursive: true, force: true }));
  return {
    stateFolder,
    logger: createLogger('journal', 'info', { write: told }),
    onFenced: () => {},
  };
}

it('waits for a coordinator that still stops, and goes on where that ends', async () => {
  let heard = () => {};
  const waiting = new Promise<void>((resolve) => {
    heard = resolve;
  });
  const here = place((line) => line.includes('waiting for the run journal') && heard());
  const first = await openRunJournal(SETTINGS, here);
  await first?.journal.accept('r1' as never, 'asked');
  const second = openRunJournal(SETTINGS, here);
  await waiting;
  await first?.journal.close();
  const opened = await second;
  expect(opened?.stored.runs).toEqual([{ id: 'r1', accepted: 'asked', entries: [] }]);
  await opened?.journal.close();
});

it('ends its wait when it is told to', async () => {
  const told = Promise.withResolvers<void>();
  const here = place((line) => line.includes('waiting for the run journal') && told.resolve());
  const first = await openRunJournal(SETTINGS, here);
  const stop = new AbortController();
  const second = openRunJournal(SETTINGS, { ...here, waitMs: 600_000, signal: stop.signal });
  await told.promise;
  stop.abort();
  await expect(second).rejects.toThrow('aborted');
  await first?.journal.close();
});

it('gives up after a while, and says who has it', async () => {
  const here = place();
  const first = await openRunJournal(SETTINGS, here);
  await expect(openRunJournal(SETTINGS, { ...here, waitMs: 0 })).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: expect.stringContaining('another coordinator has it open'),
  });
  await first?.journal.close();
});
