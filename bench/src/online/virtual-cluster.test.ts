import { describe, expect, it } from 'vitest';
import {
  measureArrival,
  measureFairness,
  measureStraggler,
  measureUrgency,
} from './experiments.ts';
import { familyInstance } from './families.ts';
import { VirtualCluster } from './virtual-cluster.ts';

describe('a virtual cluster', () => {
  it('takes a run in while another runs at hardly any cost', async () => {
    const size = { live: 600, added: 60, workers: 2 };
    const { ratio, placedMs } = await measureArrival('reflect', 1, size);
    expect(ratio).toBeLessThan(1.2);
    expect(placedMs).toBeGreaterThan(0);
  });

  it('improves schedules while calls run, the same way again, and ends earlier for it', async () => {
    const shape = { workers: 4, kvCapacity: 65_536, maxSeqs: 16 };
    const instance = familyInstance('reflect', 2, [13], shape);
    const runs = [{ name: 'run', at: 0, calls: [...instance.calls.keys()] }];
    const play = (improveMs: number) => new VirtualCluster({ instance, runs, improveMs }).run();
    const [plain, improved, again] = [await play(0), await play(1000), await play(1000)];
    expect([plain.improvements, improved.improvements > 0]).toEqual([0, true]);
    expect(improved.ended).toHaveLength(instance.calls.length);
    expect(again.ended).toEqual(improved.ended);
    expect(improved.makespan).toBeLessThan(plain.makespan);
  });

  it('is not held up by a worker that becomes slow, nor by one that always was', async () => {
    for (const from of [0.1, 0]) {
      const size = { calls: 600, workers: 4, slowness: 4, from };
      const { ratios } = await measureStraggler('mapred', [1], size);
      expect(ratios[0]).toBeLessThan(1.2);
    }
  });

  it('serves equal tenants equally though one has five times the work', async () => {
    const size = { calls: 3000, workers: 1, kvTokens: 32_768 };
    const { jain, unfairJain, reuse } = await measureFairness('mapred', 1, size);
    expect(jain).toBeGreaterThan(0.95);
    expect(unfairJain).toBeLessThan(0.9);
    expect(reuse).toBeGreaterThan(0.9);
  });

  it('gives priority its share and ends a run in its time, for any shape of run', async () => {
    for (const family of ['mapred', 'random'] as const) {
      const found = await measureUrgency(family, 1, { calls: 1500, workers: 1 });
      expect(found.share).toBeGreaterThan(3);
      expect(found.inTime).toBeLessThanOrEqual(1);
      expect(found.makespan).toBeLessThan(1.05);
    }
  });
});
