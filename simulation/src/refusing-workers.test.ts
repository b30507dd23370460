import { describe, expect, it } from 'vitest';
import { DEFAULT_OPTIONS, type SimulationOptions } from './cluster-options.ts';
import { NO_FAULTS } from './faults.ts';
import { simulateCluster } from './simulate-cluster.ts';

/** Worlds tried; HELIUM_TEST_WORLDS tries more. */
const WORLDS = Number(process.env.HELIUM_TEST_WORLDS ?? 4);

/** Two minutes in which all workers but the first refuse every call for half of the time. */
function world(seed: number): SimulationOptions {
  return {
    ...DEFAULT_OPTIONS,
    seed,
    workers: 2 + (seed % 3),
    workload: { calls: 400, durationMs: 120_000, rowsMax: 2, variants: 5 },
    limits: { ...DEFAULT_OPTIONS.limits, kvTokens: 8192, contextTokens: 4096 },
    improveMs: seed % 2 === 0 ? 0 : 300,
    faults: { ...NO_FAULTS, soundMs: 20_000, refusingMs: 20_000 },
  };
}

describe('workers that refuse every call for a time', () => {
  it.each(Array.from({ length: WORLDS }, (_, seed) => seed))(
    'cost no run, get few calls meanwhile, and serve again afterwards (seed %i)',
    async (seed) => {
      const { faults, counts, workerFaults, refused, answered } = await simulateCluster(
        world(seed),
      );
      expect(faults).toEqual([]);
      expect(counts.succeeded).toBe(counts.runs);
      expect(counts.checkedRuns).toBe(counts.runs);
      expect(workerFaults.refusingTimes).toBeGreaterThan(0);
      // Three calls and those beside them, then one a trial, of which there are six in the first minute.
      expect(refused / workerFaults.refusingTimes).toBeLessThan(12);
      // All but the first, which is always there.
      expect(Math.min(...answered.slice(1))).toBeGreaterThan(10);
    },
  );
});
