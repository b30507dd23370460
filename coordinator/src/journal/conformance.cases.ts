import { type RunId, runId } from '@helium/shared';
import { expect, it } from 'vitest';
import type { RunJournal } from './run-journal.ts';

const [r1, r2, r3] = ['r1', 'r2', 'r3'].map(runId) as [RunId, RunId, RunId];

/** What every journal does. `open` opens the same one again, after the death of who had it. */
export function journalConforms(start: () => Promise<{ open: () => Promise<RunJournal> }>): void {
  it('is empty at first', async () => {
    const { open } = await start();
    expect(await (await open()).load()).toEqual({ runs: [], requests: [] });
  });

  it('gives back runs in order of acceptance, with their entries in order', async () => {
    const { open } = await start();
    const journal = await open();
    await journal.accept(r2, '{"b":1}\n"ü"');
    await journal.accept(r1, 'a');
    await journal.append([
      { run: r1, entries: ['1', '2'] },
      { run: r2, entries: ['x'] },
    ]);
    await journal.append([{ run: r1, entries: ['3 "\u2028"'] }]);
    await journal.accept(r3, 'c');
    expect(await (await open()).load()).toEqual({
      runs: [
        { id: r2, accepted: '{"b":1}\n"ü"', entries: ['x'] },
        { id: r1, accepted: 'a', entries: ['1', '2', '3 "\u2028"'] },
        { id: r3, accepted: 'c', entries: [] },
      ],
      requests: [],
    });
  });

  it('forgets runs, drops what is said of them later, and keeps their requests for their time', async () => {
    const { open } = await start();
    const journal = await open();
    for (const run of [r1, r2, r3]) await journal.accept(run, 'a');
    await journal.append([{ run: r1, entries: ['1'] }]);
    await journal.forget([r1, r2], [{ key: 't\nq1', run: r1, atMs: 100 }], 0);
    await journal.append([
      { run: r1, entries: ['2'] },
      { run: r3, entries: ['3'] },
    ]);
    const again = await open();
    expect(await again.load()).toEqual({
      runs: [{ id: r3, accepted: 'a', entries: ['3'] }],
      requests: [{ key: 't\nq1', run: r1, atMs: 100 }],
    });
    await again.forget([r3], [{ key: 't\nq3', run: r3, atMs: 300 }], 200);
    expect(await (await open()).load()).toEqual({
      runs: [],
      requests: [{ key: 't\nq3', run: r3, atMs: 300 }],
    });
  });

  it('counts how often it was opened', async () => {
    const { open } = await start();
    const first = (await open()).epoch;
    expect((await open()).epoch).toBe(first + 1);
  });

  it('keeps large groups', async () => {
    const { open } = await start();
    const journal = await open();
    await journal.accept(r1, 'a'.repeat(3 << 20));
    const entries = Array.from({ length: 3000 }, (_, i) => `${i} ${'é'.repeat(300)}`);
    await journal.append([{ run: r1, entries }]);
    const { runs } = await (await open()).load();
    expect(runs[0]?.accepted).toHaveLength(3 << 20);
    expect(runs[0]?.entries).toEqual(entries);
  });
}
