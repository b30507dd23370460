import { describe, expect, it } from 'vitest';
import { collect } from './collect.fixture.ts';
import { EventLog } from './event-log.ts';
import type { RunEvent, RunEventBody, RunSummary } from './run-port.ts';

const SUMMARY: RunSummary = {
  operators: { submitted: 0, pruned: 0, merged: 0, cached: 0, executed: 0 },
  tokens: { prompt: 0, prefilled: 0, reused: 0, generated: 0, prefetched: 0 },
  seconds: { plan: 0, run: 0 },
  cacheMissReasons: {},
};
const output = (row: number): RunEventBody => ({ kind: 'output', row, name: 'o', text: 't' });
const delta = (text: string): RunEventBody => ({
  kind: 'delta',
  operator: 'a',
  rows: [0],
  offset: 0,
  text,
});
const finished: RunEventBody = { kind: 'finished', state: 'succeeded', summary: SUMMARY };
const never = new AbortController().signal;

async function readAll(log: EventLog, cursor = 0): Promise<RunEvent[]> {
  return collect(log.read(cursor, never));
}

describe('EventLog', () => {
  it('gives a late reader everything but deltas, whose number it says', async () => {
    const log = new EventLog();
    for (const body of [output(0), delta('x'), delta('y'), output(1), finished]) {
      log.append(5, body);
    }
    const events = await readAll(log);
    expect(events.map(({ cursor, kind }) => `${cursor} ${kind}`)).toEqual([
      '1 output',
      '3 deltasSkipped',
      '4 output',
      '5 finished',
    ]);
    expect(events[1]).toMatchObject({ count: 2 });
  });

  it('resumes after any cursor without loss and without repetition', async () => {
    const log = new EventLog();
    for (const body of [output(0), delta('x'), output(1), output(2), finished]) log.append(0, body);
    const all = await readAll(log);
    for (const { cursor } of all) {
      const rest = all.filter((event) => event.cursor > cursor);
      expect(await readAll(log, cursor)).toEqual(rest);
    }
  });

  it('follows a live run and ends after its terminal event', async () => {
    const log = new EventLog();
    const reading = readAll(log);
    log.append(0, delta('x'));
    await Promise.resolve();
    log.append(0, output(0));
    log.append(0, finished);
    expect((await reading).map((event) => event.kind)).toEqual(['delta', 'output', 'finished']);
  });

  it('keeps a bounded part of the deltas for a reader that does not read', async () => {
    const log = new EventLog();
    const reader = log.read(0, never);
    log.append(0, output(0));
    expect((await reader.next()).value).toMatchObject({ kind: 'output' });
    const text = 'x'.repeat(1000);
    for (let i = 0; i < 2000; i++) log.append(0, delta(text));
    log.append(0, finished);
    const rest = await collect(reader);
    const [skipped, ...others] = rest;
    expect(skipped).toMatchObject({ kind: 'deltasSkipped' });
    const kept = others.filter((event) => event.kind === 'delta').length;
    expect(kept).toBeLessThanOrEqual(262);
    expect(skipped?.kind === 'deltasSkipped' ? skipped.count + kept : 0).toBe(2000);
  });

  it('wakes every reader that waits, also after another has gone', async () => {
    const log = new EventLog();
    const leaves = new AbortController();
    const readings = [log.read(0, leaves.signal), log.read(0, never), log.read(0, never)];
    const first = readings.map((reading) => reading.next());
    leaves.abort();
    expect(await first[0]).toMatchObject({ done: true });
    log.append(0, output(0));
    for (const next of first.slice(1)) expect((await next).value).toMatchObject({ row: 0 });
  });

  it('stops when the reader is gone and refuses cursors that it never gave', async () => {
    const log = new EventLog();
    const control = new AbortController();
    const reading = collect(log.read(0, control.signal));
    control.abort();
    expect(await reading).toEqual([]);
    await expect(readAll(log, 7)).rejects.toThrow("cursor 7 is after the run's last event, 0");
  });
});
