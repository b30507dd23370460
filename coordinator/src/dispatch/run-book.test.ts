import { type Clock, runId, tenantId } from '@helium/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collect } from './collect.fixture.ts';
import { DEFAULT_RETENTION, type Retention, RunBook } from './run-book.ts';
import type { RunSummary } from './run-port.ts';

const t = tenantId('t');
const SUMMARY: RunSummary = {
  operators: { submitted: 1, pruned: 0, merged: 0, cached: 0, executed: 1 },
  tokens: { prompt: 0, prefilled: 0, reused: 0, generated: 0, prefetched: 0 },
  seconds: { plan: 0, run: 0 },
  cacheMissReasons: {},
};

function book(retention: Retention = DEFAULT_RETENTION) {
  /** The wall clock shows `now + set`. */
  const time = { now: 1000, set: 0 };
  const clock: Clock = {
    now: () => time.now,
    wallTime: () => time.now + time.set,
    setTimer: () => ({ cancel: () => {} }),
  };
  const runs = new RunBook(clock, retention, () => undefined);
  const open = (name: string, requestId = '', contentHash = '') =>
    runs.open(
      { tenant: t, id: runId(name), workflowName: 'w', rowCount: 1 },
      requestId,
      contentHash,
    );
  const finish = (name: string) =>
    runs.append(runId(name), { kind: 'finished', state: 'succeeded', summary: SUMMARY });
  return { time, runs, open, finish };
}

describe('RunBook', () => {
  it('says of a run that it does not know since when it knows any', () => {
    const { time, runs } = book();
    time.now += 5000;
    expect(() => runs.get(t, runId('r1'))).toThrow(
      'run "r1" is not known here: runs end with their coordinator, and this one started at 1970-01-01T00:00:01.000Z',
    );
  });

  it('gives the first run again for the same request and refuses another content', () => {
    const { runs, open } = book();
    open('r1', 'q', 'h1');
    expect(runs.findRequest(t, 'q', 'h1')?.id).toBe('r1');
    expect(() => runs.findRequest(t, 'q', 'h2')).toThrow('created run "r1" with another content');
    expect(runs.findRequest(tenantId('u'), 'q', 'h2')).toBeUndefined();
    expect(runs.findRequest(t, '', 'h1')).toBeUndefined();
  });

  it('refuses a request whose run was forgotten by name, for longer than it keeps runs', () => {
    const { runs, open, finish, time } = book({ ...DEFAULT_RETENTION, requestAgeMsMax: 1000 });
    open('r1', 'q', 'h');
    finish('r1');
    time.now += DEFAULT_RETENTION.ageMsMax;
    expect(runs.findRequest(t, 'q', 'h')?.id).toBe('r1');
    time.now += 1;
    expect(() => runs.findRequest(t, 'q', 'h')).toThrow(
      'request id "q" created run "r1", which is not kept any more; finished runs are kept for ' +
        '24 h, 1000 at most, and 128 MiB of events. A new id runs it again',
    );
    expect(() => runs.findRequest(t, 'q', 'other')).toThrow('which is not kept any more');
    expect(runs.findRequest(tenantId('u'), 'q', 'h')).toBeUndefined();
    time.now += 1000;
    expect(() => runs.findRequest(t, 'q', 'h')).toThrow('which is not kept any more');
    time.now += 1;
    expect(runs.findRequest(t, 'q', 'h')).toBeUndefined();
    expect(open('r2', 'q', 'h').id).toBe('r2');
  });

  it('remembers so many forgotten requests, the latest', () => {
    const { runs, open, finish } = book({ ...DEFAULT_RETENTION, runsMax: 0, requestsMax: 2 });
    for (const name of ['r1', 'r2', 'r3']) {
      open(name, `q-${name}`);
      finish(name);
    }
    expect(runs.findRequest(t, 'q-r1', '')).toBeUndefined();
    for (const name of ['r2', 'r3'])
      expect(() => runs.findRequest(t, `q-${name}`, '')).toThrow(`created run "${name}"`);
  });

  it('forgets finished runs by count and age, and live ones never', () => {
    const { runs, open, finish, time } = book({ ...DEFAULT_RETENTION, runsMax: 2, ageMsMax: 1000 });
    for (const name of ['live', 'r1', 'r2', 'r3']) open(name);
    for (const name of ['r1', 'r2', 'r3']) finish(name);
    expect(runs.list(t).map(({ id }) => id)).toEqual(['r3', 'r2', 'live']);
    expect(() => runs.get(t, runId('r1'))).toThrow('run "r1" is not known here');
    time.now += 5000;
    expect(runs.list(t).map(({ id }) => id)).toEqual(['live']);
  });

  it('keeps runs as long, and forgets them in the same order, when the wall clock is set', () => {
    const { runs, open, finish, time } = book({ ...DEFAULT_RETENTION, runsMax: 2, ageMsMax: 1000 });
    const ids = () => runs.list(t).map(({ id }) => id);
    for (const name of ['r1', 'r2', 'r3']) open(name);
    finish('r1');
    time.set = 1e9;
    expect(ids()).toContain('r1');
    finish('r2');
    time.set = -1e9;
    expect(runs.get(t, runId('r2')).finishedAtMs).toBe(1e9 + 1000);
    time.now += 500;
    finish('r3');
    expect(ids()).toEqual(['r3', 'r2']);
    time.now += 501;
    expect(ids()).toEqual(['r3']);
    time.now += 500;
    expect(ids()).toEqual([]);
  });

  it('forgets the runs that finished first when events take too much memory, and not the last', () => {
    const { runs, open, finish, time } = book({ ...DEFAULT_RETENTION, bytesMax: 10_000 });
    const ids = () => runs.list(t).map(({ id }) => id);
    const say = (name: string, length: number) =>
      runs.append(runId(name), { kind: 'output', row: 0, name: 'o', text: 'x'.repeat(length) });
    for (const name of ['live', 'late', 'r1', 'r2']) open(name);
    say('live', 20_000);
    say('late', 5000);
    for (const name of ['r1', 'r2', 'late']) {
      if (name !== 'late') say(name, 3000);
      time.now += 1;
      finish(name);
    }
    // 11,000 characters have ended: what ended first goes, though another was accepted before it.
    expect(ids()).toEqual(['r2', 'late', 'live']);
    open('huge');
    say('huge', 30_000);
    time.now += 1;
    finish('huge');
    expect(ids()).toEqual(['huge', 'live']);
    expect(() => runs.get(t, runId('r2'))).toThrow(/kept for 24 h, 1000 at most, and 0 MiB of/);
  });

  it('keeps, of any runs that end in any order, those that a look at all of them would keep', () => {
    const step = fc.record({ finish: fc.nat(5), length: fc.nat(4000), wait: fc.nat(400) });
    const retention = { ...DEFAULT_RETENTION, runsMax: 3, ageMsMax: 1000, bytesMax: 10_000 };
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const { runs, open, finish, time } = book(retention);
        const live: string[] = [];
        const ended: { readonly id: string; readonly at: number; readonly bytes: number }[] = [];
        for (const [i, { finish: at, length, wait }] of steps.entries()) {
          time.now += wait;
          const id = open(`r${i}`, `q${i}`).id;
          live.push(id);
          runs.append(id, { kind: 'output', row: 0, name: 'o', text: 'x'.repeat(length) });
          const [done] = at < live.length ? live.splice(at, 1) : [];
          if (done !== undefined) {
            finish(done);
            ended.push({ id: done, at: time.now, bytes: runs.log(t, runId(done)).bytes });
          }
          const isKept = ({ at: endedAt }: (typeof ended)[number], place: number) => {
            const after = ended.slice(place);
            const bytes = after.reduce((sum, other) => sum + other.bytes, 0);
            const isLast = after.length === 1;
            return after.length <= 3 && endedAt >= time.now - 1000 && (bytes <= 10_000 || isLast);
          };
          const kept = [...live, ...ended.filter(isKept).map((run) => run.id)];
          expect(
            runs
              .list(t)
              .map((run) => run.id)
              .toSorted(),
          ).toEqual(kept.toSorted());
          expect(runs.liveCount).toBe(live.length);
          for (const run of ended) {
            const find = () => runs.findRequest(t, run.id.replace('r', 'q'), '')?.id;
            if (kept.includes(run.id)) expect(find()).toBe(run.id);
            else expect(find).toThrow('which is not kept any more');
          }
        }
      }),
    );
  });

  it('hides a run from other tenants', () => {
    const { runs, open } = book();
    open('r1');
    expect(() => runs.get(tenantId('u'), runId('r1'))).toThrow('not known');
    expect(runs.list(tenantId('u'))).toEqual([]);
  });

  it('ends a run once: what is said afterwards is not said', async () => {
    const { runs, open, finish } = book();
    open('r1');
    finish('r1');
    runs.append(runId('r1'), { kind: 'output', row: 0, name: 'o', text: 't' });
    finish('r1');
    const signal = new AbortController().signal;
    const events = await collect(runs.log(t, runId('r1')).read(0, signal));
    expect(events.map(({ kind }) => kind)).toEqual(['stateChanged', 'finished']);
    expect(runs.get(t, runId('r1'))).toMatchObject({ state: 'succeeded', summary: SUMMARY });
  });
});
