import { parseWorkflow, type RunHandle } from '@helium/client';
import { createTinyModel } from '@helium/model/tiny';
import { expect, it } from 'vitest';
import { CHAIN, follow, type ProcessCluster, startProcesses } from './cluster.fixture.ts';
import { createWorld } from './helium.fixture.ts';

const ROWS = Array.from({ length: 40 }, (_, i) => ({ question: `What is ${i} times seven?` }));

function start({ client }: ProcessCluster, naive = false): Promise<RunHandle> {
  return client.run(parseWorkflow(CHAIN, 'test.yaml'), ROWS, { naive });
}

it('workers with other weights take the place of those that serve, one by one: every run keeps to its own, and none is lost', async () => {
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
  // The last one with the old weights stays until the runs that need them are done.
  w2.signal('SIGTERM');
  await w2.exited;
  w1.signal('SIGTERM');
  const third = follow(await start(cluster));
  expect((await Promise.all([first, second])).map(({ hash }) => hash)).toEqual([old, old]);
  expect(await Promise.all([w1.exited, w2.exited])).toEqual([0, 0]);
  for (const said of ['stays until the runs are done', 'is not needed any more'])
    expect(w1.output.stderr).toContain(said);
  // What was cached is of the others.
  expect((await third).hash).toBe(young);
  expect((await third).executed).toHaveLength(4 * ROWS.length);
  expect(cluster.coordinator.output.stderr).toContain('a model is served with several weights');
});
