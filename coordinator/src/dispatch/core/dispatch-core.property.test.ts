import { createPrng } from '@helium/shared';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunEventBody, RunOptions } from '../run-port.ts';
import { DispatchCore } from './dispatch-core.ts';
import type { Faults } from './faults.fixture.ts';
import { readJournal } from './journal.ts';
import { printEffects } from './print-effects.fixture.ts';
import { evaluateNaively, randomPlan } from './random-plan.fixture.ts';
import { SimulatedWorld } from './simulated-world.fixture.ts';

/** Schedules are improved while the calls run. */
const IMPROVE_MS = 700;

const KIND: Faults = { death: 0, error: 0, cancel: 0, cacheDown: 0 };
const UNKIND: Faults = {
  death: 0.004,
  error: 0.03,
  cancel: 0.15,
  cacheDown: 0.2,
  slow: 0.02,
  drain: 0.01,
};
const SLOW: Faults = { ...KIND, slow: 0.05 };

interface Submission {
  readonly name: string;
  readonly expected: readonly string[];
  readonly calls: number;
}

/** Nodes that start in a turn: of plans of up to some forty nodes, in every second world a few. */
function startsMaxOf(seed: number): number {
  return seed % 2 === 0 ? 3 : 1000;
}

/** A world with up to five runs of related plans, lived to its end. */
function simulate(seed: number, faults: Faults, optionsOf: (i: number) => Partial<RunOptions>) {
  const random = createPrng(seed);
  const models = random() < 0.5 ? ['m', 'm', 'm'] : ['m', 'n', 'm', 'n'];
  const world = new SimulatedWorld(seed, models, faults, {
    improveMs: IMPROVE_MS,
    startsMax: startsMaxOf(seed),
  });
  const planSeed = seed * 31;
  const submissions: Submission[] = [];
  const runs = 1 + Math.floor(random() * 5);
  for (let i = 0; i < runs; i++) {
    // Every second run asks for the same plan as the one before it.
    const prng = createPrng(planSeed + (i >> 1));
    const plan = randomPlan(prng, 3 + Math.floor(prng() * 40), [...new Set(models)]);
    const name = `r${i}`;
    submissions.push({ name, expected: evaluateNaively(plan), calls: plan.counts.submitted });
    world.submit(name, plan, optionsOf(i));
  }
  world.run();
  return { world, submissions };
}

function checkRun(events: readonly RunEventBody[], { name, expected, calls }: Submission): void {
  const end = events.at(-1);
  expect(end?.kind, `${name} ends with its terminal event`).toBe('finished');
  if (end?.kind !== 'finished') return;
  expect(events.filter((event) => event.kind === 'finished')).toHaveLength(1);
  const outputs = events.flatMap((event) =>
    event.kind === 'output' ? `${event.row} ${event.name} ${event.text}` : [],
  );
  expect(new Set(outputs).size, `${name} says each output once`).toBe(outputs.length);
  for (const output of outputs) expect(expected).toContain(output);
  if (end.state !== 'succeeded') return;
  expect(outputs.toSorted()).toEqual(expected.toSorted());
  const { submitted, pruned, merged, cached, executed } = end.summary.operators;
  const added = events.flatMap((event) => (event.kind === 'expanded' ? event.added.submitted : []));
  expect(submitted).toBe(added.reduce((sum, count) => sum + count, calls));
  expect(pruned + merged + cached + executed, `${name} accounts for every call`).toBe(submitted);
  const { prompt, prefilled, reused } = end.summary.tokens;
  expect([prompt, prefilled + reused]).toEqual([executed * 10, prompt]);
  const reasons = Object.values(end.summary.cacheMissReasons);
  expect(reasons.reduce((sum, count) => sum + count, 0)).toBe(executed);
}

const seeds = fc.integer({ min: 0, max: 1_000_000 });

describe('DispatchCore in a simulated world', () => {
  it('is tried with orders that change while calls run', () => {
    const improved = [1, 2, 3].map((seed) => simulate(seed, UNKIND, () => ({})).world.improved);
    expect(Math.min(...improved)).toBeGreaterThan(0);
  });

  it('is tried with schedules that come into force in parts', () => {
    const parts = [1, 2, 3].map((seed) => simulate(seed, UNKIND, () => ({})).world.parts);
    expect(Math.min(...parts)).toBeGreaterThan(5);
  });

  it('is tried with nodes that start turns of the event loop after they could', () => {
    const turns = [2, 4, 6].map((seed) => {
      const { steps } = simulate(seed, UNKIND, () => ({})).world;
      return steps.filter(({ event }) => event.kind === 'turn').length;
    });
    expect(Math.min(...turns)).toBeGreaterThan(0);
  });

  it('gives every run the outputs of naive evaluation, once, whatever happens to the workers', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const mixed = (i: number) => ({ naive: i === 3, usePromptCache: i !== 2 });
        const { world, submissions } = simulate(seed, UNKIND, mixed);
        expect(world.faults).toEqual([]);
        for (const submission of submissions) {
          checkRun(world.emitted.get(submission.name as never) ?? [], submission);
        }
      }),
      { numRuns: 120 },
    );
  });

  it('lets every run succeed where nothing fails, and runs no prompt twice', () => {
    fc.assert(
      fc.property(seeds, fc.boolean(), (seed, isSlow) => {
        const { world, submissions } = simulate(seed, isSlow ? SLOW : KIND, () => ({}));
        expect(world.faults).toEqual([]);
        let executed = 0;
        for (const submission of submissions) {
          const events = world.emitted.get(submission.name as never) ?? [];
          checkRun(events, submission);
          const end = events.at(-1);
          expect(end).toMatchObject({ kind: 'finished', state: 'succeeded' });
          if (end?.kind === 'finished') executed += end.summary.operators.executed;
        }
        expect(world.executed).toBe(executed);
        expect(world.repeated).toEqual([]);
      }),
      { numRuns: 80 },
    );
  });

  it('gives the same effects again when its journal is replayed', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { world } = simulate(seed, UNKIND, () => ({}));
        const core = new DispatchCore(
          { heartbeatMs: 100, timeoutMs: 1000 },
          undefined,
          IMPROVE_MS,
          { startsMax: startsMaxOf(seed) },
        );
        for (const { at, event, effects } of world.steps) {
          expect(printEffects(core.step(at, event))).toBe(effects);
        }
        // A world that ends idle and without workers has nothing to replay from there on.
        expect(world.steps.length).toBeGreaterThan(0);
        expect(readJournal(world.core.journalDump).dropped).toBe(0);
        expect(core.journalDump).toBe(world.core.journalDump);
      }),
      { numRuns: 30 },
    );
  });
});
