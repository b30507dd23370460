import { describe, expect, it } from 'vitest';
import { BRISK_SIM, CHAIN_CALLS, follow, startChain, startProcesses } from './cluster.fixture.ts';
import { createWorld } from './helium.fixture.ts';
import { reserveRedis, type TestRedis } from './redis.fixture.ts';

const WITH_CACHE = {};

/** A coordinator with a home of its own, and one worker. */
async function startMachine({ url }: TestRedis, worker: readonly string[]) {
  const coordinator = ['--redis-url', url, '--cache-secret', 'the same everywhere'];
  const cluster = await startProcesses(await createWorld(), { coordinator, worker });
  await cluster.addWorker('w1');
  return cluster;
}

describe('a Redis under the prompt cache', () => {
  it('lets a second coordinator execute nothing that the first one has', async () => {
    const redis = await reserveRedis();
    await redis.start();
    const [one, two] = await Promise.all([startMachine(redis, []), startMachine(redis, [])]);
    const first = await follow(await startChain(one, WITH_CACHE));
    expect(first.executed.length).toBeGreaterThan(0);
    const second = await follow(await startChain(two, WITH_CACHE));
    expect(second.executed).toEqual([]);
    expect(second.hash).toBe(first.hash);
  });

  it('may die in the middle of a run, and is used again when it is back', async () => {
    const redis = await reserveRedis();
    const server = await redis.start();
    const cluster = await startMachine(redis, BRISK_SIM);
    const run = await startChain(cluster, WITH_CACHE);
    let finished = 0;
    const { executed, hash } = await follow(run, ({ kind }) => {
      if (kind === 'callFinished' && ++finished === 4) server.signal('SIGKILL');
    });
    expect(await server.exited).toBe(137);
    expect(executed).toEqual(CHAIN_CALLS);
    expect(await cluster.client.promptCache()).toMatchObject({ reachable: false });
    await redis.start();
    while (!(await cluster.client.promptCache()).reachable) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    // It came back empty: everything is executed again, stored, and then not executed any more.
    const again = await follow(await startChain(cluster, WITH_CACHE));
    expect(again.executed).toEqual(CHAIN_CALLS);
    const warm = await follow(await startChain(cluster, WITH_CACHE));
    expect(warm.executed).toEqual([]);
    expect([again.hash, warm.hash]).toEqual([hash, hash]);
  });
});
