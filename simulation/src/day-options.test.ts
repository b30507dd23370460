import { expect, it } from 'vitest';
import type { SimulationOptions } from './cluster-options.ts';
import { dayOptions } from './day-options.ts';
import { simulateCluster } from './simulate-cluster.ts';

/** A day of 200 workers, in which they die twelve times as often and runs are small. */
function smallDay(): SimulationOptions {
  const sizes = { seed: 1, workers: 200, calls: 500, hours: 0.5 };
  const day = dayOptions({ ...sizes, faulty: true, checkedShare: 0.5, policy: '' });
  const workload = { ...day.workload, rowsMax: 4 };
  return { ...day, workload, faults: { ...day.faults, lifeMs: day.faults.lifeMs / 12 } };
}

it('lets a large cluster keep every promise under the default policy, the same way again', async () => {
  const report = await simulateCluster(smallDay());
  expect(report.faults).toEqual([]);
  expect(report.counts.executed).toBeGreaterThan(300);
  expect(report.workerFaults.deaths).toBeGreaterThan(0);
  expect(await simulateCluster(smallDay())).toEqual(report);
});

it('waits for a run that comes after a long silence', async () => {
  const sizes = { seed: 1, workers: 4, calls: 1, hours: 24 };
  const day = dayOptions({ ...sizes, faulty: false, checkedShare: 0, policy: '' });
  const report = await simulateCluster({ ...day, workload: { ...day.workload, rowsMax: 1 } });
  expect(report.virtualMs).toBeGreaterThan(1_800_000);
  expect(report.counts.succeeded).toBe(1);
  expect(report.faults).toEqual([]);
});
