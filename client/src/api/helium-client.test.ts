import { Metadata, Server, ServerCredentials, status } from '@grpc/grpc-js';
import { RunService, type wire } from '@helium/proto';
import type { RunEvent } from '@helium/shared';
import { describe, expect, it, onTestFinished } from 'vitest';
import { workflow } from '../dsl/workflow-builder.ts';
import { parseWorkflow } from '../yaml/parse-workflow.ts';
import { HeliumClient } from './helium-client.ts';

const flow = workflow({ name: 'w', inputs: ['q'] }, (w, { q }) => ({
  answer: w.llm('a', { user: q }),
}));
const rows = [{ q: 'x' }];

async function all(events: AsyncIterable<RunEvent>): Promise<RunEvent[]> {
  const seen: RunEvent[] = [];
  for await (const event of events) seen.push(event);
  return seen;
}

/** A coordinator of one run, which breaks each call as often as is told before it answers. */
async function serve({ breaks = 0, isRefused = false, checks = false } = {}) {
  const seen: wire.CreateRunRequest[] = [];
  const cursors: string[] = [];
  let broken = 0;
  const ended: string[] = [];
  let cancelled = 0;
  const server = new Server();
  const refusal = new Metadata();
  if (isRefused) refusal.set('helium-code', 'QUEUE_FULL');
  const breakNext = () => broken++ < breaks;
  const failure = { code: status.UNAVAILABLE, details: 'gone', metadata: refusal };
  server.addService(RunService.service, {
    createRun(
      call: { request: wire.CreateRunRequest },
      done: (error: object | null, run?: object) => void,
    ) {
      seen.push(call.request);
      if (breakNext()) done(failure);
      else if (checks && call.request.validateOnly) done(null, { rowCount: 1 });
      else done(null, { name: 'runs/r1', state: 'RUN_STATE_QUEUED' });
    },
    cancelRun(call: { request: { name: string } }, done: (error: null, run: object) => void) {
      ended.push(call.request.name);
      done(null, { name: call.request.name, state: 'RUN_STATE_CANCELLED' });
    },
    // Never answers.
    getRun(call: NodeJS.EventEmitter) {
      call.on('cancelled', () => cancelled++);
    },
    watchRun(
      call: NodeJS.EventEmitter & {
        request: { cursor: string };
        write(m: object): void;
        end(): void;
      },
    ) {
      cursors.push(call.request.cursor);
      call.on('cancelled', () => cancelled++);
      const from = Number(call.request.cursor);
      const running = { stateChanged: { state: 'RUN_STATE_RUNNING' } };
      if (from < 1) call.write({ cursor: '1', ...running });
      if (breakNext()) {
        call.emit('error', failure);
        return;
      }
      if (from < 2) call.write({ cursor: '2', output: { row: 0, name: 'answer', text: 'yes' } });
      // Without breaks the run never ends.
      if (breaks === 0) return;
      call.write({ cursor: '3', finished: { state: 'RUN_STATE_SUCCEEDED' } });
      call.end();
    },
  } as never);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  const client = new HeliumClient(`127.0.0.1:${port}`);
  onTestFinished(() => {
    client.close();
    server.forceShutdown();
  });
  const until = async (isSo: () => boolean) => {
    while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  return { client, port, seen, cursors, ended, cancelled: () => cancelled, until };
}

describe('HeliumClient', () => {
  it('repeats a call that lost the coordinator, a run under the same request id', async () => {
    const { client, seen } = await serve({ breaks: 2 });
    const run = await client.run(flow, rows);
    expect(run.id).toBe('r1');
    expect(seen).toHaveLength(3);
    expect(new Set(seen.map(({ requestId }) => requestId)).size).toBe(1);
  });

  it('gives up after its retries, and says where nobody answers', async () => {
    const { client, port, seen } = await serve({ breaks: 3 });
    await expect(client.run(flow, rows)).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: `no coordinator answers at 127.0.0.1:${port}: gone`,
    });
    expect(seen).toHaveLength(3);
  });

  it('checks a run without one, and says where the coordinator is too old to', async () => {
    const present = await serve({ checks: true });
    await present.client.check(flow, rows);
    expect(present.seen[0]?.validateOnly).toBe(true);
    const old = await serve({ breaks: 1 });
    await expect(old.client.check(flow, rows)).rejects.toMatchObject({
      code: 'PROTOCOL_INCOMPATIBLE',
      details: { run: 'r1' },
    });
    expect(new Set(old.seen.map(({ requestId }) => requestId)).size).toBe(1);
    expect(old.ended).toEqual(['runs/r1']);
  });

  it('repeats nothing that a coordinator refused', async () => {
    const { client, seen } = await serve({ breaks: 1, isRefused: true });
    await expect(client.run(flow, rows)).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    expect(seen).toHaveLength(1);
  });

  it('says of bodies within bodies without an end that they are nested too deep, and sends nothing', async () => {
    const { client, seen } = await serve();
    const source = (depth: number): string =>
      depth === 0
        ? '{ m0: { llm: { user: x } } }'
        : `{ m${depth}: { map: { items: [a], as: i${depth}, operators: ${source(depth - 1)}, result: m${depth - 1} } } }`;
    const deep = parseWorkflow(`operators: ${source(60)}\noutputs: { o: m60 }`, 'deep.yaml');
    await expect(client.run(deep, [{}])).rejects.toMatchObject({
      code: 'WORKFLOW_INVALID',
      message: 'the workflow is nested deeper than a message may be; bodies may be 8 deep',
    });
    expect(seen).toEqual([]);
  });

  it('resumes the events of a run behind the last that came, each once', async () => {
    const { client, cursors } = await serve({ breaks: 2 });
    const events = await all(client.follow('r1'));
    expect(events.map(({ cursor }) => cursor)).toEqual([1, 2, 3]);
    expect(cursors).toEqual(['0', '1', '1']);
  });

  it('ends a call, the events and the wait for a result by a signal, with its reason', async () => {
    const { client, cancelled, until, cursors } = await serve();
    const reason = new Error('enough');
    const give = new AbortController();
    const { signal } = give;
    const run = client.follow('r1');
    const ended = [
      run.result({ signal }),
      all(run.events(0, { signal })),
      client.getRun('r1', { signal }),
    ].map((promise) => expect(promise).rejects.toBe(reason));
    await until(() => cursors.length === 2);
    give.abort(reason);
    await Promise.all(ended);
    await until(() => cancelled() === 3);
    await expect(client.run(flow, rows, { signal })).rejects.toBe(reason);
  });

  it('is closed by `using`, and says so of what is called then', async () => {
    const { port } = await serve();
    const address = `127.0.0.1:${port}`;
    let kept: HeliumClient;
    {
      using client = new HeliumClient(address);
      kept = client;
    }
    const closed = { code: 'UNREACHABLE', message: `the client of ${address} is closed` };
    await expect(kept.getRun('r1')).rejects.toMatchObject(closed);
    await expect(kept.follow('r1').result()).rejects.toMatchObject(closed);
  });

  it('refuses an address that is none', () => {
    expect(() => new HeliumClient('http://127.0.0.1:7420')).toThrow(
      'address: "http://127.0.0.1:7420" is not host:port with a port up to 65535',
    );
  });

  it.each([
    [{ priority: 1.5 }, 'priority is 1.5, takes whole numbers -4 to 4'],
    [{ naiv: true }, 'options: unknown option "naiv"; known: signal, policy,'],
    [{ disabledRules: 'fold-constant' }, 'disabledRules is "fold-constant", takes a list'],
  ])('refuses options that would not arrive as they are, %#', async (options, message) => {
    const { client, seen } = await serve();
    await expect(client.run(flow, rows, options as never)).rejects.toMatchObject({
      code: 'OPTIONS_INVALID',
      message: expect.stringContaining(message),
    });
    expect(seen).toHaveLength(0);
  });

  it('refuses cells that are no texts, each by row and column', async () => {
    const { client } = await serve();
    const wrong = [{ q: 'x' }, { q: undefined, r: 3 }, null] as never;
    await expect(client.run(flow, wrong)).rejects.toMatchObject({
      code: 'ROWS_INVALID',
      message: 'rows[1] "q" is undefined, takes a text, and 2 more',
      faults: [
        { field: 'rows[1] "q"', message: 'is undefined, takes a text' },
        { field: 'rows[1] "r"', message: 'is 3, takes a text' },
        { field: 'rows[2]', message: 'is null, takes texts by column' },
      ],
    });
  });
});
