import { describe, expect, it } from 'vitest';
import { DEFAULT_OPTIONS, type SimulationOptions } from './cluster-options.ts';
import { simulateCluster } from './simulate-cluster.ts';

/** A minute in which every worker dies about twice and is slow a quarter of the time. */
function unkindWorld(seed: number): SimulationOptions {
  return {
    ...DEFAULT_OPTIONS,
    seed,
    workers: 3,
    workload: { calls: 250, durationMs: 60_000, rowsMax: 2, variants: 5 },
    limits: { ...DEFAULT_OPTIONS.limits, kvTokens: 8192, contextTokens: 4096 },
    faults: {
      lifeMs: 30_000,
      restartMs: 3000,
      noticedShare: 0.5,
      swiftMs: 15_000,
      slowMs: 5000,
      slowness: 4,
    },
  };
}

describe('the real coordinator and workers in virtual time', () => {
  it.each([1, 2, 3])('keep every promise while workers die and stall (seed %i)', async (seed) => {
    const report = await simulateCluster(unkindWorld(seed));
    expect(report.faults).toEqual([]);
    expect(report.counts.checkedRuns).toBe(report.counts.runs);
    expect(report.counts.succeeded).toBeGreaterThan(0);
    expect(report.workerFaults.deaths).toBeGreaterThan(0);
  });

  it.each([1, 2, 3, 7, 8])(
    'keep every promise while workers die and runs come between two parts of a schedule (seed %i)',
    async (seed) => {
      const report = await simulateCluster({
        ...unkindWorld(seed),
        placesPerPart: 3,
        callsPerPart: 2,
        turnMsMax: 800,
        improveMs: seed > 3 ? 300 : 0,
      });
      expect(report.faults).toEqual([]);
      expect(report.counts.checkedRuns).toBe(report.counts.runs);
      expect(report.counts.succeeded).toBeGreaterThan(0);
      expect(report.workerFaults.deaths).toBeGreaterThan(0);
    },
  );

  it('keep every promise while schedules are improved', async () => {
    const report = await simulateCluster({ ...unkindWorld(6), improveMs: 300 });
    expect(report.faults).toEqual([]);
    expect(report.counts.checkedRuns).toBe(report.counts.runs);
    expect(report.counts.succeeded).toBeGreaterThan(0);
  });

  it('give the same events again, and others for another seed', async () => {
    const [first, again, other] = [
      await simulateCluster(unkindWorld(4)),
      await simulateCluster(unkindWorld(4)),
      await simulateCluster(unkindWorld(5)),
    ];
    expect(again).toEqual(first);
    expect(other.digest).not.toBe(first.digest);
  });
});
