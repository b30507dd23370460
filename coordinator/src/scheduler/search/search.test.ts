import { createPrng } from '@helium/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateTokenSteps } from '../cost-model.ts';
import type { Instance, MachineModel, PinnedCall } from '../instance.ts';
import { indexInstance, sharedTokens } from '../instance-index.ts';
import { POLICIES, requirePolicy } from '../policies/index.ts';
import { anyInstance } from '../random-instance.cases.ts';
import { improveSchedule, planSchedule } from '../schedule.ts';
import { REFERENCE, SHIPPED } from '../shipped-instances.cases.ts';
import { simulate } from '../simulation/simulate.ts';
import { REFERENCE_MACHINE, REFERENCE_TIMING } from '../simulation/step-timing.ts';
import { MoveMaker } from './moves.ts';
import { PlayedSchedule } from './played-schedule.ts';
import { PriorityMoves } from './priority-moves.ts';
import { searchGraph, sharedPrefix } from './search-graph.ts';
import { TimedSchedule } from './timed-schedule.ts';

const MACHINES = {
  'token-steps': { kind: 'token-steps' },
  batching: REFERENCE_MACHINE,
} as const satisfies Record<string, MachineModel>;
const input = (instance: Instance, machine: MachineModel = MACHINES['token-steps']) => ({
  instance,
  policy: '',
  seed: 1,
  machine,
});

describe('searchGraph', () => {
  it('gives the common prefixes of the instance', () => {
    fc.assert(
      fc.property(anyInstance, (instance) => {
        const index = indexInstance(instance);
        const graph = searchGraph(index);
        for (let i = 0; i < index.callCount; i++) {
          expect(sharedPrefix(graph, -1, i)).toBe(0);
          for (let j = 0; j < index.callCount; j++) {
            if (i !== j) expect(sharedPrefix(graph, i, j)).toBe(sharedTokens(index, i, j));
          }
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('TimedSchedule', () => {
  /** Everything that is kept up to date from change to change. */
  const state = (schedule: TimedSchedule) => {
    const { before, after, lastOf, usage, completion, tail, makespan, busy } = schedule;
    return { before, after, lastOf, usage, completion, tail, makespan, busy };
  };
  const recomputed = (schedule: TimedSchedule) => {
    const fresh = new TimedSchedule(schedule.graph);
    fresh.load(schedule.order, schedule.workerOf);
    return state(fresh);
  };

  it('is after every change, and after one taken back, what a full evaluation gives', () => {
    fc.assert(
      fc.property(anyInstance, fc.nat(), (instance, seed) => {
        const index = indexInstance(instance);
        const schedule = new TimedSchedule(searchGraph(index));
        const random = createPrng(seed);
        const workerOf = new Int32Array(index.callCount).map(() =>
          Math.floor(random() * instance.workers),
        );
        schedule.load(Int32Array.from(workerOf.keys()), workerOf);
        const moves = new MoveMaker(schedule, random, 1000);
        for (let i = 0; i < 40; i++) {
          if (!moves.propose()) continue;
          const draw = random();
          const was = structuredClone(state(schedule));
          const price = schedule.price(moves.changed, draw < 0.2 ? 0 : Infinity, 0);
          if (price === Infinity || draw < 0.3) moves.reject();
          else schedule.commit(moves.changed);
          if (price !== Infinity && draw > 0.9) {
            moves.undo();
            expect(state(schedule)).toEqual(was);
          }
          if (draw < 0.4) schedule.sortByStart();
          expect(state(schedule)).toEqual(recomputed(schedule));
          expect(schedule.makespan).toBe(makespanOf(instance, schedule));
        }
      }),
      { numRuns: 60 },
    );
  });

  const makespanOf = (instance: Instance, { order, workerOf }: TimedSchedule) => {
    const workers: number[][] = Array.from({ length: instance.workers }, () => []);
    for (const call of order) workers[workerOf[call]!]!.push(call);
    return evaluateTokenSteps(indexInstance(instance), { workers }).makespan;
  };
});

describe('improveSchedule when batching', () => {
  it('is feasible, the same however it is portioned, and leaves pinned calls in front', () => {
    const pins = fc.array(fc.nat(), { maxLength: 4 });
    fc.assert(
      fc.property(anyInstance, pins, fc.integer({ min: 1, max: 90_000 }), (instance, draws, n) => {
        const pinned = draws
          .slice(0, instance.calls.length)
          .map((draw, call) => ({ call, worker: draw % instance.workers }));
        const asked = { ...input(instance, MACHINES.batching), pinned };
        const improving = improveSchedule(asked, 200_000);
        while (!improving.done) improving.step(n);
        const { schedule, sequences } = improving.planned();
        simulate(indexInstance(instance), schedule);
        const whole = improveSchedule(asked, 200_000);
        while (!whole.done) whole.step(1e9);
        expect(whole.planned().sequences).toEqual(sequences);
        sequences.forEach((sequence, worker) => {
          const mine = pinned.filter((pin) => pin.worker === worker).map(({ call }) => call);
          expect(sequence.slice(0, mine.length)).toEqual(mine);
        });
      }),
      { numRuns: 15 },
    );
  });

  it.each(SHIPPED.map((instance) => [instance.name, instance] as const))(
    'ends no later than the best simple schedule of %s and reuses what algorithm 1 does',
    (_, instance) => {
      const index = indexInstance(instance);
      const played = (policy: string) =>
        simulate(index, requirePolicy(policy).schedule(instance, { seed: 1 }));
      const improving = improveSchedule(input(instance, MACHINES.batching), 400_000);
      while (!improving.done) improving.step(1e9);
      const found = simulate(index, improving.planned().schedule);
      const simple = POLICIES.map(({ name }) => played(name).makespanSeconds);
      expect(found.makespanSeconds).toBeLessThanOrEqual(Math.min(...simple) * (1 + 1e-4));
      expect(found.hitRate).toBeGreaterThanOrEqual(played('paper').hitRate * 0.99);
    },
  );
});

describe('PlayedSchedule', () => {
  it('is after every change what the whole schedule gives on the simulator', () => {
    fc.assert(
      fc.property(anyInstance, fc.nat(), fc.boolean(), (instance, seed, isBoundByRow) => {
        const index = indexInstance(instance);
        const random = createPrng(seed);
        const draw = () => Math.floor(random() * instance.workers);
        const rows = Array.from({ length: 4 }, draw);
        const workerOf = Int32Array.from(instance.calls, ({ query }) =>
          isBoundByRow ? rows[query]! : draw(),
        );
        const priority = Float64Array.from(workerOf, () => random());
        const placed = { priority, workerOf, pinned: [], bound: [] };
        const moves = new PriorityMoves(index, placed, random);
        const schedule = new PlayedSchedule(index, placed, REFERENCE_TIMING, undefined);
        for (let i = 0; i < 30; i++) {
          const before = [priority.slice(), workerOf.slice()];
          if (!moves.propose(schedule)) continue;
          const replay = schedule.replay(moves, moves.changed);
          if (random() < 0.5) {
            moves.reject();
            expect([priority, workerOf]).toEqual(before);
          } else {
            schedule.accept(replay, moves);
            expect(schedule.played).toEqual(replay.played);
          }
          const { makespanSeconds, hitRate } = simulate(index, schedule.schedule());
          expect(schedule.played).toEqual({ makespanSeconds, hitRate });
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('improveSchedule with a schedule in force', () => {
  const draws = fc.array(fc.nat(), { minLength: 24, maxLength: 24 });
  const machines = fc.constantFrom(...Object.values(MACHINES));

  it('leaves bound calls on their workers and pinned ones in front, the same however portioned', () => {
    fc.assert(
      fc.property(anyInstance, draws, fc.nat(24), machines, (instance, drawn, sent, machine) => {
        const workerOf = (call: number) => drawn[call]! % instance.workers;
        const calls = [...instance.calls.keys()];
        const pinned = calls.slice(0, sent).map((call) => ({ call, worker: workerOf(call) }));
        const left = calls.slice(sent).filter((call) => drawn[call]! % 7 > 0);
        const workers = Array.from({ length: instance.workers }, (_, worker) =>
          left.filter((call) => workerOf(call) === worker).reverse(),
        );
        const bound = left
          .filter((call) => drawn[call]! % 3 === 0)
          .map((call) => ({ call, worker: workerOf(call) }));
        const asked = { ...input(instance, machine), pinned, standing: { workers, bound } };
        const improving = improveSchedule(asked, 100_000);
        while (!improving.done) improving.step(7000);
        const { schedule, sequences } = improving.planned();
        simulate(indexInstance(instance), schedule);
        for (const { call, worker } of bound) expect(sequences[worker]).toContain(call);
        sequences.forEach((sequence, worker) => {
          const mine = pinned.filter((pin) => pin.worker === worker).map(({ call }) => call);
          expect(sequence.slice(0, mine.length)).toEqual(mine);
        });
        const whole = improveSchedule(asked, 100_000);
        while (!whole.done) whole.step(1e9);
        expect(whole.planned().sequences).toEqual(sequences);
        expect(whole.isGain).toBe(improving.isGain);
      }),
      { numRuns: 40 },
    );
  });

  it('says whether it is worth replacing', () => {
    const instance = SHIPPED.find(({ name }) => name.startsWith('s12'))!;
    const against = (workers: readonly (readonly number[])[], work: number) => {
      const standing = { workers, bound: [] };
      const improving = improveSchedule({ ...input(instance, MACHINES.batching), standing }, work);
      while (!improving.done) improving.step(1e9);
      return improving;
    };
    const [poor] = [planSchedule({ ...input(instance), policy: 'operator-wise' }).sequences];
    const better = against(poor, 3_000_000);
    expect(better.isGain).toBe(true);
    const [before, after] = [poor, better.planned().sequences].map((workers) =>
      simulate(indexInstance(instance), { workers }),
    );
    expect(after!.makespanSeconds).toBeLessThan(before!.makespanSeconds);
    expect(against(better.planned().sequences, 0).isGain).toBe(false);
  });

  it('refuses calls and workers that are not there, and a call with two places', () => {
    const [instance] = SHIPPED;
    const refuse = (workers: readonly (readonly number[])[], bound: readonly PinnedCall[] = []) =>
      expect(() =>
        improveSchedule({ ...input(instance!), standing: { workers, bound } }, 1),
      ).toThrow(expect.objectContaining({ code: 'SCHEDULE_INFEASIBLE' }));
    refuse([[9999]]);
    refuse([[1, 1]]);
    refuse([[1]], [{ call: 1, worker: 99 }]);
  });
});

describe('improveSchedule in token steps', () => {
  it('is feasible at every step, never worse than before, and the same however it is portioned', () => {
    fc.assert(
      fc.property(anyInstance, fc.integer({ min: 1, max: 9000 }), (instance, portion) => {
        const index = indexInstance(instance);
        const improving = improveSchedule(input(instance), 20_000);
        let makespan = Number.POSITIVE_INFINITY;
        while (!improving.done) {
          const { schedule } = improving.planned();
          const next = evaluateTokenSteps(index, schedule).makespan;
          expect(next).toBeLessThanOrEqual(makespan);
          makespan = next;
          improving.step(portion);
        }
        const whole = improveSchedule(input(instance), 20_000);
        while (!whole.done) whole.step(1e9);
        expect(whole.planned().sequences).toEqual(improving.planned().sequences);
      }),
      { numRuns: 25 },
    );
  });

  it('leaves calls that workers have already at the front, in the order in which they were sent', () => {
    fc.assert(
      fc.property(anyInstance, fc.array(fc.nat(), { maxLength: 8 }), (instance, draws) => {
        const pinned = draws
          .slice(0, instance.calls.length)
          .map((draw, call) => ({ call, worker: draw % instance.workers }));
        const improving = improveSchedule({ ...input(instance), pinned }, 20_000);
        while (!improving.done) improving.step(1e9);
        improving.planned().sequences.forEach((sequence, worker) => {
          const mine = pinned.filter((pin) => pin.worker === worker).map(({ call }) => call);
          expect(sequence.slice(0, mine.length)).toEqual(mine);
        });
      }),
      { numRuns: 25 },
    );
  });

  it('finds the best of all schedules of a few calls', () => {
    const few = anyInstance.filter(({ calls, workers }) => calls.length <= 5 && workers <= 2);
    fc.assert(
      fc.property(few, (instance) => {
        const improving = improveSchedule(input(instance), 100_000);
        while (!improving.done) improving.step(1e9);
        expect(improving.planned().report.makespan).toBe(leastMakespan(instance));
      }),
      { numRuns: 15 },
    );
  });

  it.each(SHIPPED.map((instance) => [instance.name, instance] as const))(
    'reaches the best known makespan of %s',
    (name, instance) => {
      const improving = improveSchedule(input(instance), 4_000_000);
      while (!improving.done) improving.step(1e6);
      expect(improving.planned().report.makespan).toBeLessThanOrEqual(REFERENCE[name]!.best_known!);
    },
  );

  it('leaves the policies that are somebody else’s as they are', () => {
    const [instance] = SHIPPED;
    expect(improveSchedule({ ...input(instance!), policy: 'paper' }, 1e6).done).toBe(true);
  });
});

/** By trying them all: every order that keeps dependencies, every placement. */
function leastMakespan(instance: Instance): number {
  const index = indexInstance(instance);
  const { calls, workers } = instance;
  const sequences: number[][] = Array.from({ length: workers }, () => []);
  let least = Number.POSITIVE_INFINITY;
  const place = (placed: ReadonlySet<number>) => {
    if (placed.size === calls.length) {
      least = Math.min(least, evaluateTokenSteps(index, { workers: sequences }).makespan);
      return;
    }
    calls.forEach(({ deps }, call) => {
      if (placed.has(call) || !deps.every((dep) => placed.has(dep))) return;
      for (const sequence of sequences) {
        sequence.push(call);
        place(new Set([...placed, call]));
        sequence.pop();
      }
    });
  };
  place(new Set());
  return least;
}
