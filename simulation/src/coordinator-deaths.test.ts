import { createPrng, isDeterministic } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { DEFAULT_OPTIONS, type SimulationOptions } from './cluster-options.ts';
import { liveUntil } from './simulate-cluster.ts';
import { arrivals, loadKinds } from './workload.ts';
import { createWorld } from './world.ts';

/** Worlds tried; HELIUM_TEST_WORLDS tries more. */
const WORLDS = Number(process.env.HELIUM_TEST_WORLDS ?? 20);

/** Virtual time in which all must have ended. */
const END_MS = 120_000;

function world(seed: number): SimulationOptions {
  return {
    ...DEFAULT_OPTIONS,
    seed,
    workers: 2,
    workload: { calls: 120, durationMs: 8000, rowsMax: 2, variants: 4 },
    limits: { ...DEFAULT_OPTIONS.limits, kvTokens: 16_384, contextTokens: 4096 },
    placesPerPart: seed % 2 === 0 ? 1000 : 5,
    latencyMs: 1 + (seed % 5) * 4,
  };
}

/** A single run without the prompt cache: nothing but its journal knows what was answered. */
function isAlone(seed: number): boolean {
  return seed % 4 === 3;
}

/** Some runs in a world whose coordinator dies `deaths` times, lived to its end. */
async function live(seed: number, deaths: number) {
  const options = world(seed);
  /** Deterministic prompts, and when the coordinator had the answer. */
  const answeredAt = new Map<string, number>();
  const prompts = new Map<string, string>();
  const repeated: string[] = [];
  let diedAt = Number.NEGATIVE_INFINITY;
  const made = await createWorld(options, {
    isJournaled: true,
    runOptions: { streamDeltas: seed % 3 === 0, usePromptCache: !isAlone(seed) },
    observer: {
      started: () => {},
      received: (call) => {
        if (!isDeterministic(call.sampling)) return;
        const prompt = JSON.stringify([call.messages, call.maxTokens, call.stop]);
        prompts.set(call.id, prompt);
        if ((answeredAt.get(prompt) ?? Number.POSITIVE_INFINITY) < diedAt)
          repeated.push(`${call.id}: ${prompt.slice(-200)}`);
      },
      finished: (result) => {
        const prompt = prompts.get(result.id);
        if (prompt === undefined || !['stop', 'length'].includes(result.finish)) return;
        const finishedAt = made.agenda.now;
        made.agenda.after(options.latencyMs, () => {
          // Else it never arrived.
          if (diedAt < finishedAt) answeredAt.set(prompt, made.agenda.now);
        });
      },
    },
  });
  const { agenda, checker, workers } = made;
  for (const worker of workers) {
    // So that most runs are met half-way.
    worker.slowness = 4;
    worker.start();
  }
  const random = createPrng(seed * 7 + 3);
  let submitted = 0;
  let wanted = 0;
  for (const arrival of arrivals(await loadKinds(), options.workload, createPrng(seed * 4))) {
    if (isAlone(seed) && wanted > 0) break;
    wanted++;
    const submit = async () => {
      // No run is taken of a model that nobody has served since the start.
      if (made.core.registry.models().length === 0) return void agenda.after(100, submit);
      await made.submit(arrival);
      submitted++;
    };
    agenda.after(50 + (isAlone(seed) ? 0 : arrival.at), submit);
  }
  for (let death = 0; death < deaths; death++) {
    agenda.after(50 + random() * (isAlone(seed) ? 8000 : 12_000), () => {
      diedAt = agenda.now;
      for (const [prompt, at] of answeredAt) {
        // Written in the turn after at the latest: else it may not have been.
        if (at + options.turnMsMax >= diedAt) answeredAt.delete(prompt);
      }
      return made.killCoordinator(random() * 3000);
    });
  }
  const isDone = () => submitted === wanted && checker.liveRuns === 0;
  await liveUntil(made, () => isDone() || agenda.now > END_MS);
  if (!isDone()) checker.fault(`${checker.liveRuns} of ${submitted} runs have not ended`);
  await liveUntil(made, () => agenda.now > 13_000 + options.turnMsMax);
  return { checker, repeated, wanted, core: made.core };
}

describe('runs whose coordinator dies', () => {
  it.each(Array.from({ length: WORLDS }, (_, seed) => seed))(
    'end with the outputs of the naive run, each told once, and nothing that was answered runs again (seed %i)',
    async (seed) => {
      const { checker, repeated, wanted, core } = await live(seed, 1 + (seed % 4));
      expect(checker.faults).toEqual([]);
      expect(checker.counts.succeeded).toBe(wanted);
      expect(checker.counts.checkedRuns).toBe(wanted);
      expect(repeated).toEqual([]);
      expect(core.liveRuns).toBe(0);
    },
  );
});
