import { HeliumClient, type RunEvent } from '@helium/client';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  atFirstCallOf,
  BRISK_SIM,
  CHAIN_CALLS,
  follow,
  type ProcessCluster,
  startChain,
  startProcesses,
  summarize,
} from './cluster.fixture.ts';
import { createWorld, type World } from './helium.fixture.ts';

let world: World;

beforeAll(async () => {
  world = await createWorld();
});

/** Two workers of the same flags, attached. */
async function addPair(cluster: ProcessCluster) {
  const [first, second] = await Promise.all([cluster.addWorker('w1'), cluster.addWorker('w2')]);
  return { first, second };
}

/** Resolves when the worker is ready under a later epoch than the first two attachments. */
async function attachedAgain({ client }: ProcessCluster, id: string): Promise<void> {
  for (;;) {
    const worker = (await client.listWorkers()).find((each) => each.id === id);
    if (worker?.state === 'ready' && worker.epoch > 2) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('a run survives', () => {
  it('the death of one of two workers, with the same bytes', async () => {
    const cluster = await startProcesses(world);
    const { second } = await addPair(cluster);
    const quiet = await follow(await startChain(cluster));
    const kill = atFirstCallOf('w2', () => second.signal('SIGKILL'));
    const disturbed = await follow(await startChain(cluster), kill);
    expect(await second.exited).toBe(137);
    expect(disturbed.hash).toBe(quiet.hash);
    expect(disturbed.executed).toEqual(quiet.executed);
  });

  it('the death of the only worker, once another one comes', async () => {
    const cluster = await startProcesses(world);
    const doomed = await cluster.addWorker('w1');
    const quiet = await follow(await startChain(cluster));
    const kill = atFirstCallOf('w1', () => doomed.signal('SIGKILL'));
    const done = follow(await startChain(cluster), kill);
    await doomed.exited;
    await cluster.addWorker('w2');
    const { hash, executed } = await done;
    expect(hash).toBe(quiet.hash);
    expect(executed).toEqual(quiet.executed);
  });

  it('a worker that hangs: its calls move, what it says later is ignored, and it is used again', async () => {
    const cluster = await startProcesses(world, {
      coordinator: ['--heartbeat-ms', '100', '--worker-timeout-ms', '1500'],
      worker: BRISK_SIM,
    });
    const { second } = await addPair(cluster);
    const hang = atFirstCallOf('w2', () => second.signal('SIGSTOP'));
    expect((await follow(await startChain(cluster), hang)).executed).toEqual(CHAIN_CALLS);
    second.signal('SIGCONT');
    await attachedAgain(cluster, 'w2');
    const next = await follow(await startChain(cluster));
    expect(next.executed).toEqual(CHAIN_CALLS);
    expect(next.events.some((e) => e.kind === 'callFinished' && e.worker === 'w2')).toBe(true);
  });

  it('a worker told to stop: it finishes what it has, nothing is lost or repeated', async () => {
    const cluster = await startProcesses(world, { worker: BRISK_SIM });
    const { second } = await addPair(cluster);
    const stop = atFirstCallOf('w2', () => second.signal('SIGTERM'));
    const { events, executed } = await follow(await startChain(cluster), stop);
    expect(await second.exited).toBe(0);
    expect(executed).toEqual(CHAIN_CALLS);
    expect(events.filter(({ kind }) => kind === 'callStarted')).toHaveLength(CHAIN_CALLS.length);
    expect(events.some((e) => e.kind === 'callFinished' && e.worker === 'w2')).toBe(true);
  });

  it('a client that goes away: it goes on, and the watch resumes where it was left', async () => {
    const cluster = await startProcesses(world, { worker: BRISK_SIM });
    await cluster.addWorker('w1');
    const leaving = new HeliumClient(cluster.address);
    const { id } = await startChain({ client: leaving });
    const seen: RunEvent[] = [];
    for await (const event of leaving.follow(id)) {
      seen.push(event);
      if (event.kind === 'callFinished') break;
    }
    leaving.close();
    for await (const event of cluster.client.follow(id).events(seen.at(-1)?.cursor ?? 0)) {
      seen.push(event);
    }
    expect(summarize(seen).executed).toEqual(CHAIN_CALLS);
    expect(seen).toEqual((await follow(cluster.client.follow(id))).events);
  });
});
