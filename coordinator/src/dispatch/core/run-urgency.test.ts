import { runId, tenantId } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { PRESSED } from './fair-shares.ts';
import type { LiveCall } from './live-call.ts';
import type { LiveRun } from './live-run.ts';
import { RunUrgency } from './run-urgency.ts';

/** What urgency looks at: a run of four nodes. */
function runWith(deadlineMs: number, acceptedAt = 0, id = 'r'): LiveRun & { remaining: number } {
  const planned = { acceptedAt, tenant: tenantId('t'), options: { deadlineMs, priority: 0 } };
  return { id: runId(id), planned, nodes: [0, 1, 2, 3], remaining: 4 } as unknown as LiveRun;
}

const callOf = (...runs: LiveRun[]) =>
  ({ owners: runs.map((run) => ({ run, node: 0 })) }) as unknown as LiveCall;

describe('RunUrgency', () => {
  it('presses a run at a review only, which says so, though a result shows before that it is behind', () => {
    const urgency = new RunUrgency();
    const run = runWith(1000);
    urgency.open(run, 0);
    expect(urgency.review([run], 0)).toBe(false);
    run.remaining = 3;
    expect(urgency.served(run, 300)).toBe(false);
    expect(urgency.review([run], 350)).toBe(true);
    expect(urgency.review([run], 350)).toBe(false);
  });

  it('says when a run has caught up', () => {
    const urgency = new RunUrgency();
    const run = runWith(1000);
    urgency.open(run, 0);
    urgency.review([run], 300);
    expect(urgency.served(run, 300)).toBe(false);
    run.remaining = 1;
    expect(urgency.served(run, 310)).toBe(true);
    expect(urgency.served(run, 320)).toBe(false);
  });

  it('counts the time of a run from when it was accepted', () => {
    const urgency = new RunUrgency();
    const run = runWith(1000, 50_000);
    urgency.open(run, 50_000);
    run.remaining = 3;
    expect(urgency.review([run], 50_100)).toBe(false);
    expect(urgency.review([run], 50_350)).toBe(true);
  });

  it('presses a run of which nothing was heard for 30 s, until something is', () => {
    const urgency = new RunUrgency();
    const run = runWith(0);
    urgency.open(run, 1000);
    expect(urgency.review([run], 30_999)).toBe(false);
    expect(urgency.flowOf(callOf(run)).level).toBe(0);
    expect(urgency.review([run], 31_000)).toBe(true);
    expect(urgency.flowOf(callOf(run)).level).toBe(PRESSED);
    expect(urgency.served(run, 31_001)).toBe(true);
    urgency.close(run.id);
    expect(urgency.served(run, 31_002)).toBe(false);
  });

  it('says when a call is due: by the first deadline of its runs, or before one of them is neglected', () => {
    const urgency = new RunUrgency();
    const runs = [runWith(9000, 0, 'a'), runWith(5000, 2000, 'b'), runWith(0, 0, 'c')];
    for (const run of runs) urgency.open(run, 100);
    const [first, second, third] = runs;
    const dueAt = (...of: (LiveRun | undefined)[]) =>
      urgency.flowOf(callOf(...of.filter((run) => run !== undefined))).dueAt;
    expect([dueAt(first), dueAt(first, second), dueAt(third)]).toEqual([9000, 7000, 30_100]);
  });
});
