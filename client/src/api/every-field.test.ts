import { Server, ServerCredentials } from '@grpc/grpc-js';
import { ClusterService, fieldsOf, RunService } from '@helium/proto';
import { sampleOf } from '@helium/proto/test/sample-message';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { workflow } from '../dsl/workflow-builder.ts';
import { HeliumClient } from './helium-client.ts';

type Message = Record<string, unknown>;
type Path = readonly string[];

/** What the coordinator answers to any call. */
let answer: Message = {};
let server: Server;
let client: HeliumClient;

beforeAll(async () => {
  server = new Server();
  for (const { service } of [ClusterService, RunService]) {
    const methods = Object.entries(service).map(([name, { responseStream }]) => {
      const handle = responseStream
        ? (call: { write(message: object): void; end(): void }) => {
            call.write(answer);
            call.end();
          }
        : (_call: unknown, done: (error: null, message: object) => void) => done(null, answer);
      return [name, handle];
    });
    server.addService(service, Object.fromEntries(methods));
  }
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  client = new HeliumClient(`127.0.0.1:${port}`);
});

afterAll(() => {
  client.close();
  server.forceShutdown();
});

/** Of every field of the message and of those inside it, the way to it. */
function pathsOf(message: unknown): Path[] {
  if (message === null || typeof message !== 'object' || Buffer.isBuffer(message)) return [];
  return Object.entries(message).flatMap(([name, value]) => [
    [name],
    ...pathsOf(value).map((path) => [name, ...path]),
  ]);
}

/** The message as a coordinator sends it that has nothing to say there. */
function without(message: Message, [name = '', ...rest]: Path): Message {
  if (Array.isArray(message)) {
    return (rest.length === 0 ? [] : [without(message[0], rest)]) as never;
  }
  const { [name]: value, ...others } = message;
  return rest.length === 0 ? others : { ...others, [name]: without(value as Message, rest) };
}

/** As a value, so that a refusal is told from any other as well. */
async function told(message: Message, ask: () => Promise<unknown>): Promise<unknown> {
  answer = message;
  return ask().catch((error: unknown) => ({ refused: String(error) }));
}

/** The fields that the caller cannot tell the absence of, but for those that are `silent`. */
async function unnoticed(
  full: Message,
  ask: () => Promise<unknown>,
  silent: readonly string[] = [],
): Promise<string[]> {
  const expected = await told(full, ask);
  expect(expected).not.toHaveProperty('refused');
  const missed: string[] = [];
  for (const path of pathsOf(full)) {
    const found = await told(without(full, path), ask);
    try {
      expect(found).toEqual(expected);
      missed.push(path.join('.'));
    } catch {
      // The caller sees the difference.
    }
  }
  return missed.filter((path) => !silent.includes(path));
}

const flow = workflow({ name: 'w', inputs: ['q'] }, (w, { q }) => ({
  answer: w.llm('a', { user: q }),
}));

async function firstEvent(): Promise<unknown> {
  for await (const event of client.follow('r1')) return event;
  return undefined;
}

describe('a caller of the client is told every field of', () => {
  it.each([
    ['ListWorkersResponse', () => client.listWorkers()],
    ['Worker', () => client.drainWorker('w1')],
    ['Residency', () => client.residency('w1')],
    ['PromptCache', () => client.promptCache()],
    ['ClearPromptCacheResponse', () => client.clearPromptCache()],
    ['WarmPrefixResponse', () => client.warmPrefix('Be brief.')],
    ['Capabilities', () => client.capabilities()],
    ['Run', () => client.getRun('r1')],
    ['Explanation', () => client.explain(flow, [{ q: 'x' }])],
  ])('%s', async (message, ask) => {
    expect(await unnoticed(sampleOf(message), ask)).toEqual([]);
  });

  const { cursor, time, ...events } = sampleOf('RunEvent');
  const { map, cond, turn, ended, ...expansion } = events.expanded as Message;
  it.each([
    ...Object.entries(events).filter(([name]) => name !== 'expanded'),
    ...Object.entries({ map, cond, turn, ended }).map(
      ([name, outcome]) => ['expanded', { ...expansion, [name]: outcome }] as const,
    ),
  ])('a RunEvent that says %s, %#', async (name, body) => {
    // The domain counts what an expansion added, and that it executed nothing is its meaning.
    const silent = ['expanded.added.executed'];
    const event = { cursor, time, [name]: body };
    expect(await unnoticed(event, firstEvent, silent)).toEqual([]);
  });

  it('RunEvent, whichever it says', () => {
    const names = fieldsOf('helium.v1.RunEvent').map(({ name }) => name);
    expect(names.sort()).toEqual(['cursor', 'time', ...Object.keys(events)].sort());
  });
});

describe('a caller of the client is told', () => {
  it('a worker in the words of the domain, each number in its place', async () => {
    answer = { workers: [{ ...sampleOf('Worker'), name: 'workers/w1' }] };
    expect(await client.listWorkers()).toEqual([
      {
        id: 'w1',
        state: 'ready',
        stateReason: 'stateReason',
        model: 'model',
        modelDigest: 'modelDigest',
        engine: 'engine',
        device: 'device',
        epoch: 1007,
        runningCalls: 1008,
        queuedCalls: 1009,
        scheduledCalls: 1010,
        kvTokens: 1011,
        kvTokensUsed: 1012,
        finishedCalls: 1013,
        promptTokens: 1014,
        reusedTokens: 1015,
        version: 'version',
        prefetchedTokens: 1017,
      },
    ]);
  });

  it('a worker that is ejected, of which clients of before are told that it gets no new calls', async () => {
    const worker = { ...sampleOf('Worker'), state: 'WORKER_STATE_SUSPECTED' };
    answer = { workers: [worker, { ...worker, stateReason: '' }] };
    const states = (await client.listWorkers()).map(({ state }) => state);
    expect(states).toEqual(['ejected', 'suspected']);
  });

  it('resident blocks by their hashes in hex, the root without a parent', async () => {
    const hash = Buffer.from('00ff', 'hex');
    answer = { ...sampleOf('Residency'), blocks: [{ hash }, { hash: Buffer.of(1), parent: hash }] };
    expect(await client.residency('w1')).toEqual({
      epoch: 1001,
      sequence: 1002,
      blockTokens: 1003,
      blockCount: 1004,
      blocks: [{ hash: '00ff' }, { hash: '01', parent: '00ff' }],
    });
  });

  it('the counters of the prompt cache as numbers', async () => {
    answer = sampleOf('PromptCache');
    const [entries, bytes, hits, misses] = [1003, 1004, 1005, 1006];
    const [stores, errors, rejected] = [1007, 1008, 1009];
    const counters = { entries, bytes, hits, misses, stores, errors, rejected };
    expect(await client.promptCache()).toEqual({ store: 'store', reachable: true, ...counters });
  });

  it('when a run was accepted and ended, to the fraction of a millisecond', async () => {
    answer = {
      name: 'runs/r1',
      state: 'RUN_STATE_RUNNING',
      createTime: { seconds: 3, nanos: 500_000 },
    };
    const running = await client.getRun('r1');
    expect(running).toMatchObject({ id: 'r1', state: 'running', createdAtMs: 3000.5 });
    expect(running).not.toHaveProperty('finishedAtMs');
    answer = { ...answer, finishTime: { seconds: 4 } };
    expect(await client.getRun('r1')).toMatchObject({ finishedAtMs: 4000 });
  });

  it('that a number is too large to be told as it is', async () => {
    answer = { ...sampleOf('PromptCache'), hits: '9007199254740991' };
    expect(await client.promptCache()).toMatchObject({ hits: 2 ** 53 - 1 });
    answer = { ...sampleOf('PromptCache'), hits: '9007199254740993' };
    await expect(client.promptCache()).rejects.toMatchObject({
      code: 'PROTOCOL_INCOMPATIBLE',
      message: 'prompt cache: hits is 9007199254740993, this client takes up to 9007199254740991',
    });
  });

  it('of a state of a worker that a newer coordinator has', async () => {
    answer = { ...sampleOf('Worker'), name: 'workers/w1', state: 7 };
    await expect(client.drainWorker('w1')).rejects.toMatchObject({
      code: 'PROTOCOL_INCOMPATIBLE',
      message: 'worker "w1": state "7" is not known to this client',
    });
  });
});
