import type { RunEvent } from '@helium/client';
import { describe, expect, it } from 'vitest';
import { startRoom } from './child.fixture.ts';
import {
  CHAIN_CALLS,
  type Followed,
  follow,
  SLOW_SIM,
  startChain,
  startProcesses,
  summarize,
} from './cluster.fixture.ts';
import { createWorld, type World } from './helium.fixture.ts';
import { reserveRedis } from './redis.fixture.ts';

/** Not twice the same cursor, and none that is lower than one before it. */
function expectOrdered(events: readonly RunEvent[]): void {
  const cursors = events.map(({ cursor }) => cursor);
  expect(cursors).toEqual([...new Set(cursors)].sort((a, b) => a - b));
}

/** The run on a coordinator that is killed after so many of its calls have finished, each time, and started anew. */
async function disturbed(
  world: World,
  killsAt: readonly number[],
  deltas: boolean,
  more: readonly string[] = [],
  also?: { readonly at: number; readonly act: () => Promise<void> },
) {
  const usual = ['--run-journal', 'on', '--heartbeat-ms', '200', '--worker-timeout-ms', '5000'];
  const flags = [...usual, ...more];
  const cluster = await startProcesses(world, { coordinator: flags, worker: SLOW_SIM });
  await cluster.addWorker('w1');
  const run = await startChain(cluster, { bypassPromptCache: true, streamDeltas: deltas });
  let { coordinator } = cluster;
  let finished = 0;
  const followed = await follow(run, (event) => {
    if (event.kind !== 'callFinished') return;
    finished++;
    if (finished === also?.at) void also.act();
    if (!killsAt.includes(finished)) return;
    coordinator.signal('SIGKILL');
    void coordinator.exited.then(() => {
      const listen = ['--listen', cluster.address, ...flags];
      coordinator = startRoom('coordinator', world.environment, ...listen);
    });
  });
  // Somebody who comes later is told the same, but for deltas.
  const later: RunEvent[] = [];
  for await (const event of cluster.client.follow(run.id)) later.push(event);
  expect(summarize(later).hash).toBe(followed.hash);
  const kept = (events: readonly RunEvent[]) =>
    events.filter(({ kind }) => kind !== 'delta' && kind !== 'deltasSkipped');
  expect(kept(later)).toEqual(kept(followed.events));
  return followed;
}

async function undisturbed(world: World): Promise<Followed> {
  const cluster = await startProcesses(world, { worker: ['--engine', 'sim'] });
  await cluster.addWorker('w1');
  return follow(await startChain(cluster, { naive: true }));
}

describe('a run survives the death of its coordinator', () => {
  it.each([
    ['once', [5], false],
    ['three times, and deltas are streamed', [2, 9, 17], true],
  ] as const)(
    '%s: its follower sees every event once, the bytes are those of the naive run',
    async (_, killsAt, deltas) => {
      const world = await createWorld();
      const { events, hash, executed } = await disturbed(world, killsAt, deltas);
      expect(hash).toBe((await undisturbed(world)).hash);
      expect(executed).toEqual(CHAIN_CALLS);
      expectOrdered(events);
      const end = events.at(-1);
      if (end?.kind !== 'finished') return;
      expect(end.summary.operators).toMatchObject({ submitted: 24, executed: 24 });
    },
  );

  it('and that of Redis with it, where its journal is there and Redis keeps an append-only file', async () => {
    const world = await createWorld();
    const redis = await reserveRedis('--appendonly', 'yes', '--appendfsync', 'always');
    let server = await redis.start();
    const killRedis = async () => {
      server.signal('SIGKILL');
      await server.exited;
      server = await redis.start();
    };
    const more = ['--redis-url', redis.url, '--cache-secret', 's'];
    const { events, hash, executed } = await disturbed(world, [4], false, more, {
      at: 10,
      act: killRedis,
    });
    expect(hash).toBe((await undisturbed(world)).hash);
    expect(executed).toEqual(CHAIN_CALLS);
    expectOrdered(events);
  });
});
