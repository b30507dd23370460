import { runId } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { StorageKeys } from '../storage/storage-keys.ts';
import { journalConforms } from './conformance.cases.ts';
import { JournalMemory, MemoryRunJournal } from './memory-run-journal.ts';
import { SealedRunJournal } from './sealed-run-journal.ts';

const keysOf = (...fills: number[]) =>
  new StorageKeys(
    'keys.txt',
    fills.map((fill) => Buffer.alloc(32, fill)),
  );
const run = runId('r1');
const other = runId('r2');

/** One journal, opened with other keys each time. */
function memoryJournal() {
  const memory = new JournalMemory();
  const raw = new MemoryRunJournal(memory);
  return {
    raw,
    open: (keys?: StorageKeys) => new SealedRunJournal(new MemoryRunJournal(memory), keys),
  };
}

describe('a sealed journal', () => {
  describe('with a key', () => {
    journalConforms(async () => {
      const { open } = memoryJournal();
      return { open: async () => open(keysOf(1)) };
    });
  });

  describe('without one', () => {
    journalConforms(async () => {
      const { open } = memoryJournal();
      return { open: async () => open() };
    });
  });

  it('shows of a run its head alone', async () => {
    const { raw, open } = memoryJournal();
    const journal = open(keysOf(1));
    await journal.accept(run, '{"id":"r1"}\n{"rows":["private"]}');
    await journal.append([{ run, entries: ['{"text":"private"}'], isEnd: true }]);
    const stored = JSON.stringify(await raw.load());
    expect(stored).toContain('{\\"id\\":\\"r1\\"}\\n');
    expect(stored).not.toContain('private');
    expect(stored).not.toContain(Buffer.from('private').toString('base64').slice(0, 8));
  });

  it('is read on with a new key in front, and what was written before there was one', async () => {
    const { open } = memoryJournal();
    await open().accept(run, '{}\nasked');
    await open(keysOf(1)).append([{ run, entries: ['"one"'] }]);
    await open(keysOf(2, 1)).append([{ run, entries: ['"two"'] }]);
    const { runs } = await open(keysOf(2, 1)).load();
    expect(runs).toEqual([{ id: run, accepted: '{}\nasked', entries: ['"one"', '"two"'] }]);
  });

  it('is refused by the name of the key where that is not there', async () => {
    const { open } = memoryJournal();
    await open(keysOf(1)).accept(run, '{}\nasked');
    const [mine] = keysOf(1).ids;
    const [wrong] = keysOf(2).ids;
    const code = 'CONFIG_INVALID';
    const said = `storage-key-file: run "r1" is journaled under the key ${mine};`;
    await expect(open(keysOf(2)).load()).rejects.toMatchObject({
      code,
      message: `${said} keys.txt has ${wrong} alone`,
    });
    await expect(open().load()).rejects.toMatchObject({ code, message: `${said} there is none` });
  });

  it('tells what was changed or moved to another run as damage of that run alone', async () => {
    const { raw, open } = memoryJournal();
    const journal = open(keysOf(1));
    for (const each of [run, other]) {
      await journal.accept(each, '{}\nasked');
      await journal.append([{ run: each, entries: ['"first"'] }]);
    }
    const { runs } = await raw.load();
    const [moved] = runs.find(({ id }) => id === run)?.entries ?? [];
    await raw.append([{ run: other, entries: [String(moved), '"never read"'] }]);
    const read = (await open(keysOf(1)).load()).runs;
    expect(read).toEqual([
      { id: run, accepted: '{}\nasked', entries: ['"first"'] },
      {
        id: other,
        accepted: '{}\nasked',
        entries: ['"first"'],
        damage: 'group 2 of 3 cannot be opened: it was changed since it was sealed',
      },
    ]);
  });
});
