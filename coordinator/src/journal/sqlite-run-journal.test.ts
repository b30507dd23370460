import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runId } from '@helium/shared';
import { createLogger, silentLogger } from '@helium/shared/telemetry';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { StorageKeys } from '../storage/storage-keys.ts';
import { journalConforms } from './conformance.cases.ts';
import { SealedRunJournal } from './sealed-run-journal.ts';
import { SqliteRunJournal } from './sqlite-run-journal.ts';

function temporaryFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'helium-journal-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'state', 'runs.sqlite');
}

const open = (path: string) => new SqliteRunJournal(path, silentLogger);

describe('SqliteRunJournal', () => {
  journalConforms(async () => {
    const path = temporaryFile();
    let last: SqliteRunJournal | undefined;
    return {
      open: async () => {
        await last?.close();
        last = open(path);
        return last;
      },
    };
  });

  describe('sealed', () => {
    journalConforms(async () => {
      const path = temporaryFile();
      const keys = new StorageKeys('test', [Buffer.alloc(32, 1)]);
      let last: SealedRunJournal | undefined;
      return {
        open: async () => {
          await last?.close();
          last = new SealedRunJournal(open(path), keys);
          return last;
        },
      };
    });
  });

  it('refuses a second coordinator on the same file, until the first has gone', async () => {
    const path = temporaryFile();
    const first = open(path);
    expect(() => open(path)).toThrow(
      `run journal ${path}: another coordinator has it open; one home serves one coordinator`,
    );
    await first.close();
    await open(path).close();
  });

  it('has what a process wrote that was killed, and is not locked by it', async () => {
    const path = temporaryFile();
    const module = new URL('sqlite-run-journal.ts', import.meta.url).href;
    const script = `
      const { SqliteRunJournal } = await import(${JSON.stringify(module)});
      const journal = new SqliteRunJournal(${JSON.stringify(path)}, console);
      await journal.accept('r1', 'asked');
      for (let i = 0; i < 100; i++) await journal.append([{ run: 'r1', entries: [String(i)] }]);
      process.kill(process.pid, 'SIGKILL');`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const [, signal] = await once(child, 'exit');
    expect(signal).toBe('SIGKILL');
    const { runs } = await open(path).load();
    expect(runs).toEqual([
      { id: 'r1', accepted: 'asked', entries: Array.from({ length: 100 }, (_, i) => `${i}`) },
    ]);
  });

  it('sets every damaged file aside under a name of its own, and says so as an error', async () => {
    const path = temporaryFile();
    const logger = createLogger('test', 'error');
    const error = vi.spyOn(logger, 'error').mockImplementation(() => {});
    await open(path).close();
    for (const text of ['first damage', 'second damage']) {
      writeFileSync(path, text);
      const journal = new SqliteRunJournal(path, logger);
      expect((await journal.load()).runs).toEqual([]);
      await journal.close();
    }
    expect(error).toHaveBeenCalledTimes(2);
    expect(error.mock.calls[0]?.[0]).toContain('the run journal is damaged');
    const aside = readdirSync(join(path, '..')).filter((name) => name.includes('damaged'));
    expect(aside).toEqual(['runs.sqlite.damaged', 'runs.sqlite.damaged-2']);
    expect(readFileSync(`${path}.damaged`, 'utf8')).toBe('first damage');
  });

  it('finds damage in the middle of a file when it is opened', async () => {
    const path = temporaryFile();
    const journal = open(path);
    await journal.accept(runId('r1'), 'x'.repeat(200_000));
    await journal.close();
    const bytes = readFileSync(path);
    // The first page, with what says that it is a database, is left as it is.
    bytes.fill(0xff, 4096, 16_384);
    writeFileSync(path, bytes);
    const logger = createLogger('test', 'error');
    const error = vi.spyOn(logger, 'error').mockImplementation(() => {});
    await new SqliteRunJournal(path, logger).close();
    expect(error).toHaveBeenCalledTimes(1);
  });

  it('keeps nothing in a file that was removed while open, and says so', async () => {
    const path = temporaryFile();
    const journal = open(path);
    rmSync(path);
    await expect(journal.accept(runId('r1'), 'a')).rejects.toThrow(
      'the file was removed while in use',
    );
  });
});
