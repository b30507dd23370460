import { createPrng } from '@helium/shared';
import { expect, it } from 'vitest';
import { DEFAULT_OPTIONS, type SimulationOptions } from './cluster-options.ts';
import { liveUntil } from './simulate-cluster.ts';
import { arrivals, loadKinds } from './workload.ts';
import { createWorld } from './world.ts';

/** Worlds tried; HELIUM_TEST_WORLDS tries more. */
const WORLDS = Number(process.env.HELIUM_TEST_WORLDS ?? 4);

/** Of one worker, at most: a call that loses six workers is given up. */
const DEATHS_MAX = 2;

/** Virtual time in which all must have ended. */
const END_MS = 600_000;

it.each(Array.from({ length: WORLDS }, (_, seed) => seed))(
  'a worker that dies while it computes a prefix ahead of calls costs no run and no byte (seed %i)',
  async (seed) => {
    const options: SimulationOptions = {
      ...DEFAULT_OPTIONS,
      seed,
      workers: 2,
      workload: { calls: 150, durationMs: 20_000, rowsMax: 2, variants: 4 },
      limits: { ...DEFAULT_OPTIONS.limits, kvTokens: 16_384, contextTokens: 4096 },
    };
    const random = createPrng(seed * 5 + 2);
    const deaths = new Map<string, number>();
    const world = await createWorld(options, {
      observer: {
        started: () => {},
        received: () => {},
        finished: () => {},
        prefetches(worker) {
          const id = worker.identity.workerId;
          const count = deaths.get(id) ?? 0;
          if (count >= DEATHS_MAX || random() < 0.5) return;
          deaths.set(id, count + 1);
          // Within the first steps, which take some ten milliseconds.
          world.agenda.after(random() * 20, () => {
            if (worker.planner === undefined) return;
            worker.die(random() < 0.5);
            world.agenda.after(1000 + random() * 3000, () => worker.start());
          });
        },
      },
    });
    const { agenda, checker, workers } = world;
    for (const worker of workers) worker.start();
    let wanted = 0;
    let submitted = 0;
    for (const arrival of arrivals(await loadKinds(), options.workload, createPrng(seed * 4))) {
      wanted++;
      const submit = async () => {
        if (world.core.registry.models().length === 0) return void agenda.after(100, submit);
        await world.submit(arrival);
        submitted++;
      };
      agenda.after(50 + arrival.at, submit);
    }
    const isDone = () => submitted === wanted && checker.liveRuns === 0;
    await liveUntil(world, () => isDone() || agenda.now > END_MS);
    expect(checker.faults).toEqual([]);
    expect(checker.counts.succeeded).toBe(wanted);
    expect(checker.counts.checkedRuns).toBe(wanted);
    expect(deaths.size).toBeGreaterThan(0);
  },
);
