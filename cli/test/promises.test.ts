import { beforeAll, describe, expect, it } from 'vitest';
import { createWorld, questionRows, REVIEW, type World } from './helium.fixture.ts';

let world: World;
let review: string;
let rows: string;

beforeAll(async () => {
  world = await createWorld();
  review = world.file('review.yaml', REVIEW);
  rows = world.file('rows.jsonl', questionRows(0, 4));
});

describe('promise 1: the same bytes as the naive run', () => {
  it('holds for any number of workers, any policy, cache cold and warm', {
    timeout: 300_000,
  }, async () => {
    const naive = await world.run(review, '--rows', rows, '--naive', '--workers', '1');
    expect(naive.operators).toEqual({
      submitted: 20,
      pruned: 0,
      merged: 0,
      cached: 0,
      executed: 20,
    });
    expect(naive.tokens.reused).toBe(0);
    const policies = ['query-wise', 'operator-wise', 'random', 'lspf', 'paper'];
    for (const [i, policy] of policies.entries()) {
      const workers = String((i % 3) + 1);
      const cold = await world.run(
        review,
        '--rows',
        rows,
        '--policy',
        policy,
        '--workers',
        workers,
        '--no-cache',
      );
      expect([policy, workers, cold.outputs_sha256]).toEqual([
        policy,
        workers,
        naive.outputs_sha256,
      ]);
      // The critic that stands twice merges; so may calls whose prompts turn out to be equal.
      expect(cold.operators).toMatchObject({ submitted: 20, pruned: 4, cached: 0 });
      expect(cold.operators.merged).toBeGreaterThanOrEqual(4);
      expect(cold.operators.merged + cold.operators.executed).toBe(16);
    }
    const first = await world.run(review, '--rows', rows);
    const warm = await world.run(review, '--rows', rows);
    expect([first.outputs_sha256, warm.outputs_sha256]).toEqual([
      naive.outputs_sha256,
      naive.outputs_sha256,
    ]);
  });
});

describe('promise 2: nothing computed twice', () => {
  it('executes no deterministic call of a repeated run, and only the new rows of an extended one', {
    timeout: 120_000,
  }, async () => {
    const some = world.file('some.jsonl', questionRows(100, 103));
    const more = world.file('more.jsonl', questionRows(100, 106));
    const first = await world.run(review, '--rows', some);
    expect(first.operators.executed).toBeGreaterThan(3);
    const again = await world.run(review, '--rows', some);
    expect(again.operators.executed).toBe(0);
    const extended = await world.run(review, '--rows', more);
    const fresh = await world.run(
      review,
      '--rows',
      world.file('new.jsonl', questionRows(103, 106)),
      '--no-cache',
    );
    expect(extended.operators.executed).toBeLessThanOrEqual(fresh.operators.executed);
    expect(extended.operators.submitted).toBe(30);
  });

  it('prefills shared prefixes once', { timeout: 120_000 }, async () => {
    const report = await world.run(review, '--rows', rows, '--workers', '1', '--no-cache');
    expect(report.tokens.prefilled + report.tokens.reused).toBe(report.tokens.prompt);
    expect(report.tokens.reused).toBeGreaterThan(0);
  });
});
