import { parseWorkflow, type RunHandle } from '@helium/client';
import { createTinyModel } from '@helium/model/tiny';
import { expect, it } from 'vitest';
import { CHAIN, follow, type ProcessCluster, startProcesses } from './cluster.fixture.ts';
import { createWorld } from './helium.fixture.ts';

const ROWS = Array.from({ length: 40 }, (_, i) => ({ question: `What is ${i} times seven?` }));

function start({ client }: ProcessCluster, naive = false): Promise<RunHandle> {
  return client.run(parseWorkflow(CHAIN, 'test.yaml'), ROWS, { naive });
}

it('workers with other weights take the place of those that serve, one by one, and every run keeps to its own', async () => {
  const world = await createWorld();
  const other = await createTinyModel(world.home, { fileName: 'other.gguf', layers: 4, seed: 9 });
  const named = ['--model-name', 'tiny'];
  const [before, after] = [world.model, other].map((file) => ['--model', file, ...named]) as [
    string[],
    string[],
  ];
  const naive: string[] = [];
  for (const flags of [before, after]) {
    const alone = await startProcesses(world);
    await alone.addWorker('w', ...flags);
    naive.push((await follow(await start(alone, true))).hash);
  }
  const [old, young] = naive;
  expect(old).not.toBe(young);

  const cluster = await startProcesses(world);
  const [w1, w2] = [
    await cluster.addWorker('w1', ...before),
    await cluster.addWorker('w2', ...before),
  ];
  const first = follow(await start(cluster));
  await cluster.addWorker('w3', ...after);
  expect((await cluster.client.listWorkers()).map(({ model, state }) => [model, state])).toEqual(
    Array(3).fill(['tiny', 'ready']),
  );
  // Two of three still have the old weights.
  const second = follow(await start(cluster));
  w2.signal('SIGTERM');
  expect((await Promise.all([first, second])).map(({ hash }) => hash)).toEqual([old, old]);
  expect(await w2.exited).toBe(0);
  // The new weights came last: of equally many, runs that come are for them. What was cached is of the others.
  const third = await follow(await start(cluster));
  expect([third.hash, third.executed.length]).toEqual([young, 4 * ROWS.length]);
  w1.signal('SIGTERM');
  expect(await w1.exited).toBe(0);
  expect((await follow(await start(cluster))).hash).toBe(young);
  expect(cluster.coordinator.output.stderr).toContain('a model is served with several weights');
});
