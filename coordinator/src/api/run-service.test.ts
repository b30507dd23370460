import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import type { wire } from '@helium/proto';
import { runId } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../dispatch/run-port.ts';
import { ask, RUN, SUMMARY, serveFakes, statusOf, until } from './fake-ports.cases.ts';

const WORKFLOW: wire.Workflow = {
  name: 'w',
  operators: [
    { id: 'topic', input: { field: 'topic' } },
    {
      id: 'writer',
      llm: {
        messages: [{ role: 'ROLE_USER', content: [{ text: 'On ' }, { ref: 'topic' }] }],
        sampling: { temperature: 0.7, seed: '18446744073709551615' },
      },
    },
    { id: 'out', output: { name: 'text', value: 'writer' } },
  ],
};

const REQUEST: wire.CreateRunRequest = {
  requestId: '7f9c2ba4-e88f-827d-6160-455034470ef3',
  workflow: WORKFLOW,
  rows: [{ fields: { topic: 'rain' } }],
  options: { naive: true, deadlineMs: '60000', bypassPromptCache: true, priority: -3 },
};

describe('RunService', () => {
  it('checks a request that is to be checked only, and creates nothing', async () => {
    const { run, runs } = await serveFakes();
    const check = (request: wire.CreateRunRequest) =>
      ask(run.createRun.bind(run), { ...request, validateOnly: true });
    expect(await check(REQUEST)).toMatchObject({
      name: '',
      workflowName: 'w',
      rowCount: 1,
      state: 'RUN_STATE_UNSPECIFIED',
      createTime: null,
    });
    await expect(check({ ...REQUEST, rows: [] })).rejects.toThrow('no rows');
    expect(runs.created).toEqual([]);
  });

  it('hands a request on in the words of the coordinator', async () => {
    const { run, runs } = await serveFakes();
    const answer = await ask(run.createRun.bind(run), REQUEST);
    expect(answer).toMatchObject({
      name: 'runs/r1',
      state: 'RUN_STATE_RUNNING',
      createTime: { seconds: '1700000000', nanos: 250_000_000 },
      finishTime: null,
      summary: { operators: SUMMARY.operators, planSeconds: 0.25, cacheMissReasons: { absent: 2 } },
    });
    expect(runs.created).toEqual([
      {
        tenant: 'default',
        requestId: REQUEST.requestId,
        workflow: {
          name: 'w',
          operators: [
            { kind: 'input', id: 'topic', field: 'topic' },
            {
              kind: 'llm',
              id: 'writer',
              model: '',
              messages: [
                {
                  role: 'user',
                  content: [
                    { kind: 'text', text: 'On ' },
                    { kind: 'ref', operator: 'topic' },
                  ],
                },
              ],
              sampling: { temperature: 0.7, topK: 0, topP: 1, seed: 2n ** 64n - 1n },
              maxTokens: 256,
              stop: [],
            },
            { kind: 'output', id: 'out', name: 'text', value: 'writer' },
          ],
        },
        rows: [{ topic: 'rain' }],
        options: {
          policy: '',
          disabledRules: [],
          usePromptCache: false,
          naive: true,
          streamDeltas: false,
          seed: 0,
          deadlineMs: 60_000,
          priority: -3,
        },
      },
    ]);
  });

  it('refuses a bad request with every fault and its proto path', async () => {
    const { run, runs } = await serveFakes();
    const bad: wire.CreateRunRequest = {
      workflow: {
        operators: [
          { id: 'nothing' },
          {
            id: 'a',
            llm: {
              messages: [{ content: [{}] }, { role: 9 as never, content: [] }],
            },
          },
        ],
      },
      options: { deadlineMs: '18446744073709551615', priority: 5 },
    };
    const error: ServiceError = await ask(run.createRun.bind(run), bad).catch((e) => e);
    expect(error.code).toBe(status.INVALID_ARGUMENT);
    expect(error.metadata.get('helium-code')).toEqual(['WORKFLOW_INVALID']);
    expect(statusOf(error).violations.map(({ field }) => field)).toEqual([
      'operators[0]',
      'operators[1].llm.messages[0].role',
      'operators[1].llm.messages[0].content[0]',
      'operators[1].llm.messages[1].role',
      'options.deadline_ms',
      'options.priority',
    ]);
    expect(statusOf(error).violations[0]?.message).toContain(
      '"nothing" has no kind; known: input, constant, llm, format, function, map, cond, loop, output',
    );
    expect(runs.created).toEqual([]);
  });

  it.each([
    ['OPTIONS_INVALID', { options: { priority: 5 } }],
    ['REQUEST_INVALID', { options: { priority: 5 }, requestId: 'a b' }],
    ['WORKFLOW_INVALID', { options: { priority: 5 }, workflow: { operators: [{ id: 'x' }] } }],
  ])('says %s of what is at fault', async (code, changes) => {
    const { run } = await serveFakes();
    const asked = ask(run.createRun.bind(run), { ...REQUEST, ...changes });
    const error: ServiceError = await asked.catch((e) => e);
    expect([error.code, statusOf(error).reason]).toEqual([status.INVALID_ARGUMENT, code]);
  });

  it('names the form of a run name and an unknown run', async () => {
    const { run } = await serveFakes();
    const form: ServiceError = await ask(run.getRun.bind(run), { name: 'r1' }).catch((e) => e);
    expect([form.code, form.details]).toEqual([
      status.INVALID_ARGUMENT,
      '"r1" is not of the form "runs/{id}"',
    ]);
    const unknown: ServiceError = await ask(run.getRun.bind(run), { name: 'runs/x' }).catch(
      (e) => e,
    );
    expect([unknown.code, statusOf(unknown).reason]).toEqual([status.NOT_FOUND, 'RUN_UNKNOWN']);
  });

  it('refuses a reason to cancel that is too long to keep, and lets the run go on', async () => {
    const { run } = await serveFakes();
    const cancel = (length: number) =>
      ask(run.cancelRun.bind(run), { name: 'runs/r1', reason: 'x'.repeat(length) });
    await expect(cancel(1025)).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: expect.stringMatching(/reason: has 1025 characters, takes up to 1024/),
    });
    expect(await cancel(1024)).toMatchObject({ name: 'runs/r1' });
  });

  it('pages through runs, unmoved by runs accepted meanwhile', async () => {
    const { run, runs } = await serveFakes();
    const at = (n: number) => ({ ...RUN, id: runId(`r${n}`), createdAtMs: n });
    runs.list = [at(5), at(4), at(3)];
    const first = await ask(run.listRuns.bind(run), { pageSize: 2 });
    runs.list = [at(6), ...runs.list];
    const { nextPageToken } = first as wire.ListRunsResponse__Output;
    const second = await ask(run.listRuns.bind(run), { pageSize: 2, pageToken: nextPageToken });
    const names = [first, second].map((page) =>
      (page as wire.ListRunsResponse__Output).runs.map(({ name }) => name),
    );
    expect(names).toEqual([['runs/r5', 'runs/r4'], ['runs/r3']]);
    expect((second as wire.ListRunsResponse__Output).nextPageToken).toBe('');
    for (const bad of [{ pageSize: -1 }, { pageToken: '?' }]) {
      const error: ServiceError = await ask(run.listRuns.bind(run), bad).catch((e) => e);
      expect(statusOf(error).reason).toBe('REQUEST_INVALID');
    }
  });

  it('leaves no run out when the last one told is forgotten between two pages', async () => {
    const { run, runs } = await serveFakes();
    const at = (n: number, ms: number) => ({ ...RUN, id: runId(`r${n}`), createdAtMs: ms });
    runs.list = [at(3, 7), at(2, 7), at(1, 6)];
    const list = async (request: wire.ListRunsRequest) =>
      (await ask(run.listRuns.bind(run), request)) as wire.ListRunsResponse__Output;
    const { nextPageToken } = await list({ pageSize: 1 });
    runs.list = runs.list.slice(1);
    const rest = await list({ pageSize: 5, pageToken: nextPageToken });
    expect(rest.runs.map(({ name }) => name)).toEqual(['runs/r2', 'runs/r1']);
  });

  it.each([
    ['a valid one', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', true],
    ['of a later version', '01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more', true],
    ['without a trace', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, false],
    ['anything else', 'x', false],
  ])('takes the trace context of its caller: %s', async (_, traceparent, isTaken) => {
    const { run, runs } = await serveFakes();
    const metadata = new Metadata();
    metadata.set('traceparent', traceparent);
    await new Promise((resolve) => run.createRun(REQUEST, metadata, resolve));
    expect(runs.created.map((created) => created.traceparent)).toEqual([
      isTaken ? traceparent : undefined,
    ]);
  });

  it('streams every kind of event in order', async () => {
    const { run, runs } = await serveFakes();
    const bodies: RunEvent[] = [
      { kind: 'stateChanged', state: 'queued' },
      { kind: 'planned', summary: SUMMARY, operators: [] },
      { kind: 'callStarted', operator: 'a', rows: [0, 1], worker: 'w1' },
      {
        kind: 'callFinished',
        operator: 'a',
        rows: [0],
        worker: 'w1',
        source: 'prompt-cache',
        promptTokens: 1,
        reusedTokens: 1,
        outputTokens: 1,
      },
      { kind: 'delta', operator: 'a', rows: [0], offset: 3, text: 'x' },
      { kind: 'deltasSkipped', count: 4 },
      { kind: 'output', row: 0, name: 'o', text: 't' },
      { kind: 'finished', state: 'failed', summary: SUMMARY, error: { code: 'C', message: 'm' } },
    ].map((body, i) => ({ cursor: i + 1, atMs: 1500, ...body }) as RunEvent);
    runs.events = (cursor) => bodies.slice(cursor);
    const seen: wire.RunEvent__Output[] = [];
    for await (const event of run.watchRun({ name: 'runs/r1', cursor: 1 })) seen.push(event);
    expect(seen.map(({ cursor, event }) => `${cursor} ${event}`)).toEqual([
      '2 planned',
      '3 callStarted',
      '4 callFinished',
      '5 delta',
      '6 deltasSkipped',
      '7 output',
      '8 finished',
    ]);
    expect(seen.at(-1)?.finished).toMatchObject({
      state: 'RUN_STATE_FAILED',
      error: { code: 'C', message: 'm' },
    });
  });

  it('names an output that is larger than a message may be, and sends one that just fits', async () => {
    const { run, runs } = await serveFakes({ messageMibMax: 1 });
    const text = '語'.repeat(1024 * 341);
    runs.events = function* outputs() {
      yield { cursor: 1, atMs: 0, kind: 'output', row: 0, name: 'fits', text };
      yield { cursor: 2, atMs: 0, kind: 'output', row: 7, name: 'long', text: `${text}${text}` };
    };
    const watch = run.watchRun({ name: 'runs/r1' });
    const got: wire.RunEvent__Output[] = [];
    watch.on('data', (event: wire.RunEvent__Output) => got.push(event));
    const error = await new Promise<ServiceError>((resolve) => watch.on('error', resolve));
    expect(got.map((event) => event.output?.text)).toEqual([text]);
    expect([error.code, statusOf(error).reason]).toEqual([
      status.RESOURCE_EXHAUSTED,
      'MESSAGE_TOO_LARGE',
    ]);
    expect(error.details).toMatch(/row 7, output "long": the event has 2095616 bytes, .* 1048576/);
  });

  it('ends a watch at its deadline', async () => {
    const { run, runs } = await serveFakes();
    runs.events = function* endless() {
      for (let cursor = 1; ; cursor++) yield { cursor, atMs: 0, kind: 'deltasSkipped', count: 1 };
    };
    const watch = run.watchRun({ name: 'runs/r1' }, { deadline: Date.now() + 1000 });
    const ended = new Promise<ServiceError>((resolve) => watch.on('error', resolve));
    watch.resume();
    expect((await ended).code).toBe(status.DEADLINE_EXCEEDED);
    await until(() => runs.aborted === 1);
  });

  it('makes nothing for a reader that does not read, and stops when it goes', async () => {
    const { run, runs } = await serveFakes();
    const text = 'x'.repeat(64 * 1024);
    runs.events = function* endless() {
      for (let cursor = 1; ; cursor++) {
        yield { cursor, atMs: 0, kind: 'output', row: 0, name: 'o', text };
      }
    };
    const watch = run.watchRun({ name: 'runs/r1' });
    watch.on('error', () => {});
    watch.once('data', () => watch.pause());
    await until(() => runs.pulled > 0);
    let before = -1;
    while (before !== runs.pulled) {
      before = runs.pulled;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    // Buffers of both ends and of the sockets between them: far from endless.
    expect(runs.pulled * text.length).toBeLessThan(32 * 1024 * 1024);
    watch.cancel();
    await until(() => runs.aborted === 1);
  });
});
