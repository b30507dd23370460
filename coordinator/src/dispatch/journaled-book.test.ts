import { type Clock, HeliumError, type RunId, runId, tenantId } from '@helium/shared';
import { createLogger } from '@helium/shared/telemetry';
import { describe, expect, it } from 'vitest';
import { JournalMemory, MemoryRunJournal } from '../journal/memory-run-journal.ts';
import type { RunEntries } from '../journal/run-journal.ts';
import { collect } from './collect.fixture.ts';
import { JournalWriter } from './journal-writer.ts';
import { restoreRun } from './restore-run.ts';
import { DEFAULT_RETENTION, type Retention, RunBook } from './run-book.ts';
import type { RunEventBody, RunSummary } from './run-port.ts';
import { USUAL_OPTIONS } from './usual-options.ts';

const t = tenantId('t');
const r1 = runId('r1');
const never = new AbortController().signal;
const SUMMARY: RunSummary = {
  operators: { submitted: 1, pruned: 0, merged: 0, cached: 0, executed: 1 },
  tokens: { prompt: 0, prefilled: 0, reused: 0, generated: 0, prefetched: 0 },
  seconds: { plan: 0, run: 0 },
  cacheMissReasons: {},
};
const FINISHED: RunEventBody = { kind: 'finished', state: 'succeeded', summary: SUMMARY };
const delta = (offset: number): RunEventBody => ({
  ...{ kind: 'delta', operator: 'a', rows: [0], offset, text: 'x' },
});
const output = (name: string): RunEventBody => ({ kind: 'output', row: 0, name, text: 'y' });

/** Takes nothing while it is full; while it is mute it takes runs and cannot say so. */
class FullJournal extends MemoryRunJournal {
  isFull = false;
  isMute = false;

  override async accept(run: RunId, accepted: string): Promise<void> {
    this.#check();
    await super.accept(run, accepted);
    if (this.isMute) throw new HeliumError('STORE_UNAVAILABLE', 'no answer');
  }

  override async append(group: readonly RunEntries[]): Promise<void> {
    this.#check();
    await super.append(group);
  }

  #check(): void {
    if (this.isFull) throw new HeliumError('STORE_UNAVAILABLE', 'disk full');
  }
}

/** A book on a journal; made again, it is that of a coordinator that started anew. */
async function book(memory: JournalMemory, retention: Retention = DEFAULT_RETENTION) {
  const time = { now: 1000 };
  const retries: (() => void)[] = [];
  const clock: Clock = {
    now: () => time.now,
    wallTime: () => time.now,
    setTimer: (_, fire) => {
      retries.push(fire);
      return { cancel: () => {} };
    },
  };
  const lines: string[] = [];
  const logger = createLogger('test', 'info', { write: (line) => lines.push(line) });
  const journal = new FullJournal(memory);
  const turn = async () => {};
  const writer = new JournalWriter({ journal, clock, logger, turn, requestAgeMsMax: 1e9 });
  const runs = new RunBook(clock, retention, () => undefined, writer);
  const stored = await journal.load();
  for (const run of stored.runs) runs.restore(restoreRun(run));
  runs.finishRestoring(stored.requests);
  const request = { workflow: { name: 'w', operators: [] }, rows: [], options: USUAL_OPTIONS };
  const open = async (id: RunId, requestId = '') => {
    runs.open({ tenant: t, id, workflowName: 'w', rowCount: 1 }, requestId, 'h');
    await runs.keep(id, { requestId, contentHash: 'h' }, { ...request, models: [] });
  };

  return { runs, open, journal, lines, time, retries, writer };
}

describe('a RunBook with a journal', () => {
  it('shows nothing that is not written, and all of it in order once it is', async () => {
    const memory = new JournalMemory();
    const { runs, open, journal, lines, retries } = await book(memory);
    await open(r1);
    journal.isFull = true;
    for (const name of ['a', 'b']) runs.append(r1, output(name));
    runs.append(r1, FINISHED);
    await new Promise((resolve) => setImmediate(resolve));
    expect(runs.get(t, r1).state).toBe('queued');
    expect(runs.liveCount).toBe(1);
    expect(lines.filter((line) => line.includes('cannot be written'))).toHaveLength(1);
    retries.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
    expect(runs.get(t, r1).state).toBe('queued');
    journal.isFull = false;
    retries.shift()?.();
    const kinds = (await collect(runs.log(t, r1).read(0, never))).map(({ kind }) => kind);
    expect(kinds).toEqual(['stateChanged', 'output', 'output', 'finished']);
    expect(runs.get(t, r1).state).toBe('succeeded');
    expect(lines.filter((line) => line.includes('cannot be written'))).toHaveLength(1);
    expect(lines.filter((line) => line.includes('written again'))).toHaveLength(1);
    expect(memory.runs.get(r1)?.entries).toHaveLength(3);
  });

  it('refuses what it cannot keep, and does not know it then', async () => {
    const memory = new JournalMemory();
    const { runs, open, journal, lines } = await book(memory);
    journal.isFull = true;
    await expect(open(r1, 'q')).rejects.toThrow('the run cannot be kept: disk full');
    expect(() => runs.get(t, r1)).toThrow('is not known here');
    expect(runs.findRequest(t, 'q', 'h')).toBeUndefined();
    expect(runs.liveCount).toBe(0);
    expect(lines.join('')).toContain('a run was refused');
    journal.isFull = false;
    await open(r1, 'q');
    expect(runs.findRequest(t, 'q', 'h')?.id).toBe(r1);
  });

  it('never goes on with a run that it refused, though the journal had it already', async () => {
    const memory = new JournalMemory();
    const { runs, open, journal } = await book(memory);
    journal.isMute = true;
    await expect(open(r1)).rejects.toThrow('the run cannot be kept: no answer');
    await runs.settled();
    expect([...memory.runs.keys()]).toEqual([]);
  });

  it('closes with all written, or once it cannot write', async () => {
    const memory = new JournalMemory();
    const first = await book(memory);
    await first.open(r1);
    first.runs.append(r1, output('a'));
    await first.writer.close();
    expect(memory.runs.get(r1)?.entries).toHaveLength(1);
    const second = await book(memory);
    second.runs.append(r1, output('b'));
    second.journal.isFull = true;
    await second.writer.close();
    await second.writer.close();
    expect(second.retries).toHaveLength(1);
    expect(memory.runs.get(r1)?.entries).toHaveLength(1);
  });

  it('gives no cursor of a delta out again, and tells those who had some what they may have missed', async () => {
    const memory = new JournalMemory();
    const first = await book(memory);
    await first.open(r1);
    first.runs.append(r1, output('a'));
    for (let i = 0; i < 3; i++) first.runs.append(r1, delta(i));
    await first.runs.settled();
    first.writer.abandon();
    const second = await book(memory);
    second.runs.append(r1, delta(3));
    second.runs.append(r1, output('b'));
    second.runs.append(r1, FINISHED);
    const late = await collect(second.runs.log(t, r1).read(5, never));
    expect(late[0]?.kind).toBe('deltasSkipped');
    expect(late.map(({ kind }) => kind).slice(-2)).toEqual(['output', 'finished']);
    expect(Math.min(...late.map(({ cursor }) => cursor))).toBeGreaterThan(5);
    const whole = await collect(second.runs.log(t, r1).read(0, never));
    expect(whole.map(({ cursor }) => cursor).slice(0, 2)).toEqual([1, 2]);
  });

  it('keeps ended runs, and what it forgot, over a new start, and drops both in time', async () => {
    const memory = new JournalMemory();
    const retention = { ...DEFAULT_RETENTION, runsMax: 2 };
    const first = await book(memory, retention);
    for (const name of ['r0', 'r1', 'r2', 'r3']) {
      // The first has no request id: nothing is left of it.
      await first.open(runId(name), name === 'r0' ? '' : `q-${name}`);
      first.runs.append(runId(name), FINISHED);
      await first.runs.settled();
    }
    await first.runs.settled();
    first.writer.abandon();
    expect([...memory.runs.keys()]).toEqual(['r2', 'r3']);
    const second = await book(memory, retention);
    expect(second.runs.list(t).map(({ id, state }) => `${id} ${state}`)).toEqual([
      'r3 succeeded',
      'r2 succeeded',
    ]);
    expect(() => second.runs.findRequest(t, 'q-r1', 'h')).toThrow('is not kept any more');
    expect(second.runs.findRequest(t, 'q-r2', 'h')?.id).toBe('r2');
    expect(second.runs.liveCount).toBe(0);
    second.time.now += DEFAULT_RETENTION.ageMsMax + 1;
    expect(second.runs.list(t)).toEqual([]);
    await second.runs.settled();
    expect(memory.runs.size).toBe(0);
  });

  it('tells which events a resumed run has told', async () => {
    const memory = new JournalMemory();
    const first = await book(memory);
    await first.open(r1);
    first.runs.append(r1, output('a'));
    await first.runs.settled();
    first.writer.abandon();
    const { runs } = await book(memory);
    expect(runs.wasDelivered(r1, output('a'))).toBe(true);
    expect(runs.wasDelivered(r1, output('b'))).toBe(false);
    expect(runs.wasDelivered(r1, FINISHED)).toBe(false);
    expect(runs.get(t, r1).state).toBe('queued');
  });

  it('knows a run that another version wrote, and says why it cannot be resumed', async () => {
    const memory = new JournalMemory();
    const first = await book(memory);
    await first.open(r1);
    const run = memory.runs.get(r1)!;
    const accepted = run.accepted.replace('"format":1', '"format":2');
    memory.runs.set(r1, { ...run, accepted });
    const { runs, journal } = await book(memory);
    expect(runs.get(t, r1)).toMatchObject({ workflowName: 'w', state: 'queued' });
    const [stored] = (await journal.load()).runs;
    expect(() => restoreRun(stored!).readRequest()).toThrow(
      'its journal has format 2, this version reads 1',
    );
  });
});
