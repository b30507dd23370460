import { runId, tenantId } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import type { LiveRun } from './live-run.ts';
import { RunUrgency } from './run-urgency.ts';

/** What urgency looks at: a run of four nodes, accepted at 0. */
function runWith(deadlineMs: number): LiveRun & { remaining: number } {
  const planned = { acceptedAt: 0, tenant: tenantId('t'), options: { deadlineMs, priority: 0 } };
  return { id: runId('r'), planned, nodes: [0, 1, 2, 3], remaining: 4 } as unknown as LiveRun;
}

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
});
