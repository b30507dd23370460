import { beforeAll, describe, expect, it } from 'vitest';
import { startProcesses } from './cluster.fixture.ts';
import { createWorld, PLANNED, questionRows, REVIEW, type World } from './helium.fixture.ts';

let world: World;
let review: string;
let rows: string;

beforeAll(async () => {
  world = await createWorld();
  review = world.file('review.yaml', REVIEW);
  rows = world.file('rows.jsonl', questionRows(0, 4));
});

describe('promise 1: the same bytes as the naive run', () => {
  it('holds for any number of workers, any policy, cache cold and warm', async () => {
    const naive = await world.run(review, '--rows', rows, '--naive', '--workers', '1');
    expect(naive.operators).toEqual({
      submitted: 20,
      pruned: 0,
      merged: 0,
      cached: 0,
      executed: 20,
    });
    expect(naive.tokens.reused).toBe(0);
    const cluster = await startProcesses(world);
    const batch = [review, '--rows', rows, '--coordinator', cluster.address];
    const rounds = [
      ['query-wise', 'operator-wise'],
      ['random', 'lspf'],
      ['paper', 'portfolio'],
    ];
    for (const [i, policies] of rounds.entries()) {
      const workers = i + 1;
      await cluster.addWorker(`w${workers}`);
      for (const policy of policies) {
        const cold = await world.run(...batch, '--policy', policy, '--no-cache');
        const { submitted, pruned, cached, merged, executed } = cold.operators;
        expect([policy, workers, cold.outputs_sha256]).toEqual([
          policy,
          workers,
          naive.outputs_sha256,
        ]);
        // The critic that stands twice merges; so may calls whose prompts turn out to be equal.
        expect([submitted, pruned, cached, merged + executed]).toEqual([20, 4, 0, 16]);
        expect(merged).toBeGreaterThanOrEqual(4);
      }
    }
    const first = await world.run(...batch);
    const warm = await world.run(...batch);
    expect([first.outputs_sha256, warm.outputs_sha256]).toEqual([
      naive.outputs_sha256,
      naive.outputs_sha256,
    ]);
    expect([first.operators.cached, warm.operators.executed]).toEqual([0, 0]);
  });
});

describe('plans made at run time', () => {
  it('give the bytes of the naive run, one call at a time, and are not run again', async () => {
    const planned = world.file('planned.yaml', PLANNED);
    const few = world.file('few.jsonl', questionRows(0, 3));
    const naive = await world.run(planned, '--rows', few, '--naive', '--workers', '1');
    const { submitted, pruned, merged, cached, executed } = naive.operators;
    // Of the four lines three are taken; every turn asks a critic, and one branch of its cond is pruned.
    expect([merged, cached, pruned + executed]).toEqual([0, 0, submitted]);
    expect(submitted).toBe(3 * (1 + 3 + 1 + 3 * 2 + 1));
    expect(naive.tokens.reused).toBe(0);
    const cluster = await startProcesses(world);
    const batch = [planned, '--rows', few, '--coordinator', cluster.address];
    for (const [i, policy] of ['query-wise', 'paper', 'portfolio'].entries()) {
      await cluster.addWorker(`w${i}`);
      const cold = await world.run(...batch, '--policy', policy, '--no-cache');
      expect([policy, cold.outputs_sha256]).toEqual([policy, naive.outputs_sha256]);
      expect(cold.operators.submitted).toBe(submitted);
      // The question stands in the list twice.
      expect(cold.operators.merged).toBeGreaterThanOrEqual(3);
    }
    const first = await world.run(...batch);
    const warm = await world.run(...batch);
    expect([first.outputs_sha256, warm.outputs_sha256]).toEqual([
      naive.outputs_sha256,
      naive.outputs_sha256,
    ]);
    expect(first.operators.executed).toBeGreaterThan(0);
    expect(warm.operators.executed).toBe(0);
  });
});

describe('promise 2: nothing computed twice', () => {
  it('executes no call of a repeated run, and of an extended one only what is new', async () => {
    const cluster = await startProcesses(world);
    await cluster.addWorker('w1');
    const run = (from: number, to: number, ...flags: readonly string[]) => {
      const file = world.file(`rows-${from}-${to}.jsonl`, questionRows(from, to));
      return world.run(review, '--rows', file, '--coordinator', cluster.address, ...flags);
    };
    const first = await run(100, 103);
    expect(first.operators.executed).toBeGreaterThan(3);
    expect((await run(100, 103)).operators.executed).toBe(0);
    const extended = await run(100, 106);
    const fresh = await run(103, 106, '--no-cache');
    expect(extended.operators.submitted).toBe(30);
    expect(extended.operators.executed).toBeLessThanOrEqual(fresh.operators.executed);
    // What was stored outlives the coordinator.
    cluster.coordinator.signal('SIGTERM');
    await cluster.coordinator.exited;
    const next = await startProcesses(world);
    await next.addWorker('w1');
    const file = world.file('rows.jsonl', questionRows(100, 106));
    const again = await world.run(review, '--rows', file, '--coordinator', next.address);
    expect([again.operators.executed, again.outputs_sha256]).toEqual([0, extended.outputs_sha256]);
    // Every prompt token is either computed or found, and shared prefixes are found.
    const { prompt, prefilled, reused } = fresh.tokens;
    expect(prefilled + reused).toBe(prompt);
    expect(reused).toBeGreaterThan(0);
  });
});
