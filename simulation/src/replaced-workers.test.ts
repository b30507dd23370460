import { createPrng } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { DEFAULT_OPTIONS, type SimulationOptions } from './cluster-options.ts';
import { liveUntil } from './simulate-cluster.ts';
import { arrivals, loadKinds } from './workload.ts';
import { createWorld } from './world.ts';

/** Worlds tried; HELIUM_TEST_WORLDS tries more. */
const WORLDS = Number(process.env.HELIUM_TEST_WORLDS ?? 6);

const DURATION_MS = 90_000;
/** Virtual time in which all must have ended. */
const END_MS = 900_000;
/** A worker that drains is waited for no longer than this; every other world has that much patience. */
const GRACE_MS = [5000, 600_000] as const;
const RESTART_MS = 5000;

function world(seed: number): SimulationOptions {
  return {
    ...DEFAULT_OPTIONS,
    seed,
    workers: 2 + (seed % 3),
    workload: { calls: 400, durationMs: DURATION_MS, rowsMax: 3, variants: 4 },
    limits: { ...DEFAULT_OPTIONS.limits, kvTokens: 16_384, contextTokens: 4096 },
    improveMs: seed % 4 === 1 ? 300 : 0,
    workerTimeoutMs: 5000,
  };
}

function graceOf(seed: number): number {
  return GRACE_MS[seed % 4 < 2 ? 0 : 1];
}

/**
 * Workers are replaced by such with other weights, one after the other, as a rolling update does it; in every other
 * world the update is taken back when it has come half way. In every third the coordinator dies meanwhile.
 */
async function live(seed: number) {
  const options = world(seed);
  const made = await createWorld(options, {
    weights: 2,
    isJournaled: true,
    runOptions: { usePromptCache: seed % 4 !== 3 },
  });
  const { agenda, checker, workers } = made;
  for (const worker of workers) {
    worker.slowness = 40;
    worker.start();
  }
  const random = createPrng(seed * 7 + 5);
  const ids = workers.map(({ identity }) => identity.workerId);
  const steps: (readonly [number, number])[] = [...ids.keys()].reverse().map((i) => [i, 1]);
  if (seed % 2 === 1) {
    const half = Math.ceil(steps.length / 2);
    steps.splice(half, steps.length, ...steps.slice(0, half).map(([i]) => [i, 0] as const));
  }
  let isRolled = false;
  const replace = () => {
    const next = steps.shift();
    isRolled = next === undefined;
    if (next === undefined) return;
    const [i, weights] = next;
    const { workerId } = workers[i]!.identity;
    if (made.core.registry.find(workerId) !== undefined)
      made.coordinator.ports.cluster.drainWorker(workerId);
    const until = agenda.now + graceOf(seed);
    const awaitEnd = () => {
      const isBusy = !workers[i]!.isLetGo || made.core.inFlightCalls(workerId) > 0;
      if (isBusy && made.core.registry.find(workerId) !== undefined && agenda.now < until) {
        agenda.after(500, awaitEnd);
        return;
      }
      workers[i]!.die(true);
      agenda.after(RESTART_MS, () => {
        workers[i]!.start(weights);
        agenda.after(RESTART_MS, replace);
      });
    };
    agenda.after(500, awaitEnd);
  };
  agenda.after(5000 + random() * 30_000, replace);
  if (seed % 3 === 2) agenda.after(8000 + random() * 40_000, () => made.killCoordinator(2000));
  let [submitted, wanted] = [0, 0];
  for (const arrival of arrivals(await loadKinds(), options.workload, createPrng(seed * 4))) {
    wanted++;
    const submit = async () => {
      // No run is taken of a model that nobody has served since the start.
      if (made.core.registry.models().length === 0) return void agenda.after(100, submit);
      await made.submit(arrival);
      submitted++;
    };
    agenda.after(50 + arrival.at, submit);
  }
  const isDone = () => isRolled && submitted === wanted && checker.liveRuns === 0;
  await liveUntil(made, () => isDone() || agenda.now > END_MS);
  if (!isDone()) checker.fault(`${checker.liveRuns} of ${submitted} runs have not ended`);
  const replaced = checker.faults.filter((fault) => REPLACED.test(fault));
  return { checker, wanted, replaced, core: made.core };
}

/** How a run fails that outlived the workers of its weights. */
const REPLACED = /: failed: .* (was planned with|has) digest \d/;

describe('workers that are replaced by such with other weights', () => {
  it.each(Array.from({ length: WORLDS }, (_, seed) => seed))(
    'leave every run with the outputs of one of them, or failed by name where they were not waited for (seed %i)',
    async (seed) => {
      const { checker, wanted, replaced, core } = await live(seed);
      expect(checker.faults.filter((fault) => !replaced.includes(fault))).toEqual([]);
      expect(checker.faultCount).toBe(replaced.length);
      expect(checker.counts.succeeded + replaced.length).toBe(wanted);
      expect(checker.counts.checkedRuns).toBe(checker.counts.succeeded);
      // A coordinator that died forgets who stays for whom until its runs go on.
      if (graceOf(seed) > END_MS / 2 && seed % 3 !== 2) expect(replaced).toEqual([]);
      expect(core.liveRuns).toBe(0);
    },
  );
});
