import { type ServiceError, status } from '@grpc/grpc-js';
import type { wire } from '@helium/proto';
import { type Call, callId, GREEDY, HeliumError } from '@helium/shared';
import { serializeTokenizer, tokenizerDigest } from '@helium/shared/tokenizer';
import { describe, expect, it } from 'vitest';
import { serveFakes, statusOf, until } from './fake-ports.cases.ts';

const HELLO: wire.Hello = {
  protocolMajor: 1,
  workerId: 'w1',
  model: 'm',
  modelDigest: 'a'.repeat(64),
  tokenizerDigest: 'b'.repeat(64),
  engine: 'sim',
  maxCalls: 4,
  maxBatch: 2,
  contextTokens: 100,
  kvTokens: 1000,
  blockTokens: 16,
};

const TOKENIZER = {
  tokenizerJson: { model: { vocab: { a: 0 }, merges: [] } },
  tokenizerConfig: {},
  chatTemplate: '{{ messages }}',
  endTokenIds: [0],
  bosToken: '',
  eosToken: 'a',
  addBos: false,
};

function call(id: string, content: string): Call {
  return {
    id: callId(id),
    messages: [{ role: 'user', content }],
    sampling: GREEDY,
    maxTokens: 5,
    stop: [],
    reusePrefix: true,
    cacheSalt: 's',
    order: 1,
    streamDeltas: false,
  };
}

type Fakes = Awaited<ReturnType<typeof serveFakes>>;

/** A worker that sends the messages and collects what comes back. */
function attach(fakes: Fakes, ...messages: wire.AttachRequest[]) {
  const stream = fakes.worker.attach();
  const answers: wire.AttachResponse__Output[] = [];
  stream.on('data', (answer) => answers.push(answer));
  const ended = new Promise<ServiceError>((resolve) => stream.on('error', resolve));
  for (const message of messages) stream.write(message);
  return { stream, answers, ended };
}

async function refusal(hello: wire.Hello): Promise<{ code: status; reason: string; text: string }> {
  const { ended } = attach(await serveFakes(), { hello });
  const error = await ended;
  return { code: error.code, reason: statusOf(error).reason, text: error.details };
}

/** A result of call c that says it took so much. */
function usage(took: wire.CallUsage): wire.AttachRequest {
  const result = { callId: 'c', text: 'x', finish: 'FINISH_REASON_STOP', usage: took } as const;
  return { results: { results: [result] } };
}

describe('WorkerService.Attach', () => {
  it('welcomes a worker and passes on what it says', async () => {
    const fakes = await serveFakes();
    const hash = Buffer.alloc(16, 7);
    const { stream, answers } = attach(
      fakes,
      { hello: HELLO },
      { credits: { calls: 4 } },
      {
        heartbeat: {
          runningCalls: 1,
          queuedCalls: 2,
          kvTokensUsed: 3,
          loopDelayMs: 0.5,
          prefetchedTokens: 32,
          steps: { steps: 6, prefillTokens: 7, decodeCalls: 8, contextTokens: 9, ms: 9.5 },
        },
      },
      { draining: { reason: 'tired', mayStay: true } },
      { deltas: { deltas: [{ callId: 'c', offset: 1, text: 't', tokens: 1 }] } },
      { residency: { events: [{ sequence: 1, stored: { blocks: [hash] } }] } },
      { residency: { events: [{ sequence: 2, removed: { blocks: [hash] } }] } },
      { residency: { events: [{ sequence: 3, cleared: {} }] } },
      { snapshot: { sequence: 3, blocks: [{ hash, pinned: true }] } },
      { prefetched: { residentTokens: 8, computedTokens: 4 } },
      {
        results: {
          results: [
            { callId: 'c', text: 'text', finish: 'FINISH_REASON_STOP', usage: { outputTokens: 2 } },
            { callId: 'd', finish: 'FINISH_REASON_ERROR', error: { code: 'NEW', message: 'm' } },
          ],
        },
      },
    );
    await until(() => fakes.door.events.length === 11);
    stream.end();
    await until(() => fakes.door.events.length === 12);
    expect(answers[0]?.welcome).toMatchObject({ epoch: '1', sendTokenizer: false });
    expect(fakes.door.ports[0]?.identity).toMatchObject({ workerId: 'w1', kvTokens: 1000 });
    await expect(`${JSON.stringify(fakes.door.events, null, 2)}\n`).toMatchFileSnapshot(
      'testdata/worker-events.json',
    );
  });

  it('answers a heartbeat, unless it has said something since the one before', async () => {
    const fakes = await serveFakes();
    const { stream, answers } = attach(
      fakes,
      { hello: HELLO },
      { heartbeat: {} },
      { heartbeat: {} },
    );
    await until(() => answers.length === 3);
    fakes.door.ports[0]?.cancel([callId('c')], false);
    await until(() => answers.length === 4);
    stream.write({ heartbeat: {} });
    stream.write({ heartbeat: {} });
    await until(() => answers.length === 5);
    expect(answers.map(({ message }) => message)).toEqual([
      'welcome',
      'directives',
      'directives',
      'cancel',
      'directives',
    ]);
    expect(answers[4]?.directives?.directives).toEqual([]);
    stream.end();
  });

  it.each<[string, wire.AttachRequest]>([
    ['heartbeat: loop_delay_ms is NaN', { heartbeat: { loopDelayMs: Number.NaN } }],
    ['heartbeat: steps.ms is -1', { heartbeat: { steps: { ms: -1 } } }],
    ['call c: queue_ms is Infinity', usage({ queueMs: Number.POSITIVE_INFINITY })],
    ['call c: decode_ms is -0.5', usage({ decodeMs: -0.5 })],
    ['call c: prompt_tokens is 101, the context has 100', usage({ promptTokens: 101 })],
    [
      'call c: output_tokens is 4294967295, the context has 100',
      usage({ outputTokens: 2 ** 32 - 1 }),
    ],
  ])('ends the attachment of a worker whose measures cannot be: %s', async (text, message) => {
    const { ended } = attach(await serveFakes(), { hello: HELLO }, message);
    expect(await ended).toMatchObject({ code: status.INVALID_ARGUMENT, details: text });
  });

  it('refuses another protocol by both versions', async () => {
    expect(await refusal({ ...HELLO, protocolMajor: 2, protocolMinor: 3 })).toEqual({
      code: status.FAILED_PRECONDITION,
      reason: 'PROTOCOL_INCOMPATIBLE',
      text: 'worker "w1" speaks protocol 2.3, this coordinator speaks 1.0',
    });
  });

  it('names every fault of a hello', async () => {
    const { ended } = attach(await serveFakes(), { hello: { protocolMajor: 1, engine: 'abacus' } });
    expect(statusOf(await ended).violations.map(({ field }) => field)).toEqual([
      'hello.worker_id',
      'hello.model',
      'hello.model_digest',
      'hello.tokenizer_digest',
      'hello.engine',
      'hello.max_calls',
      'hello.max_batch',
      'hello.context_tokens',
      'hello.block_tokens',
    ]);
  });

  it('takes no name that would break a line of a log or fill it', async () => {
    const fields = ['model', 'device', 'version'] as const;
    const fakes = await serveFakes();
    for (const field of fields) {
      for (const bad of ['a\nb', 'x'.repeat(257)]) {
        const error = await attach(fakes, { hello: { ...HELLO, [field]: bad } }).ended;
        expect(error.details).toContain(`hello.${field}: `);
      }
    }
  });

  it('hands on why the dispatcher does not admit a worker', async () => {
    const fakes = await serveFakes();
    fakes.door.refusal = new HeliumError('MODEL_MISMATCH', 'm is served with another digest');
    const error = await attach(fakes, { hello: HELLO }).ended;
    expect(statusOf(error).reason).toBe('MODEL_MISMATCH');
  });

  it('wants hello first, soon, and once', async () => {
    const early = await attach(await serveFakes(), { credits: { calls: 1 } }).ended;
    expect(early.details).toBe('the first message is credits, not hello');
    const silent = await attach(await serveFakes({ handshakeMsMax: 20 })).ended;
    expect(silent.details).toBe('no hello within 20 ms');
    const fakes = await serveFakes();
    const twice = await attach(fakes, { hello: HELLO }, { hello: HELLO }).ended;
    expect(twice.details).toBe('unexpected message: hello');
    expect(fakes.door.events.map(({ kind }) => kind)).toEqual(['lost']);
  });

  it('takes the tokenizer it asked for, in pieces, before the attachment stands', async () => {
    const fakes = await serveFakes();
    fakes.door.sendTokenizer = true;
    const digest = tokenizerDigest(TOKENIZER);
    const data = Buffer.from(serializeTokenizer(TOKENIZER));
    const { answers } = attach(
      fakes,
      { hello: { ...HELLO, tokenizerDigest: digest } },
      { tokenizerChunk: { data: data.subarray(0, 20) } },
      { tokenizerChunk: { data: data.subarray(20), last: true } },
      { credits: { calls: 4 } },
    );
    await until(() => fakes.door.events.length === 1);
    await until(() => answers.length === 2);
    expect(answers.map(({ welcome }) => welcome?.sendTokenizer)).toEqual([true, false]);
    expect(fakes.door.tokenizers).toEqual([digest]);
    expect(fakes.door.ports).toHaveLength(1);
  });

  it('refuses a tokenizer that is not what the hello named', async () => {
    const data = Buffer.from(serializeTokenizer(TOKENIZER));
    for (const bytes of [data, data.subarray(0, 30)]) {
      const fakes = await serveFakes();
      fakes.door.sendTokenizer = true;
      const chunk = { tokenizerChunk: { data: bytes, last: true } };
      const error = await attach(fakes, { hello: HELLO }, chunk).ended;
      expect(statusOf(error).reason).toBe('MODEL_INVALID');
      expect(fakes.door.ports).toHaveLength(0);
    }
  });

  it('ends the first attachment of a worker when a second comes', async () => {
    const fakes = await serveFakes();
    const first = attach(fakes, { hello: HELLO });
    await until(() => fakes.door.ports.length === 1);
    const second = attach(fakes, { hello: HELLO });
    const error = await first.ended;
    expect([error.code, error.details]).toEqual([status.ABORTED, 'worker "w1" attached again']);
    await until(() => second.answers.length === 1);
    expect(second.answers[0]?.welcome?.epoch).toBe('2');
    // The dispatcher closed it: it needs no telling.
    expect(fakes.door.events).toEqual([]);
  });

  it('tells the dispatcher once when a connection is gone', async () => {
    const fakes = await serveFakes();
    const { stream, answers } = attach(fakes, { hello: HELLO });
    await until(() => answers.length === 1);
    stream.cancel();
    await until(() => fakes.door.events.length > 0);
    expect(fakes.door.events).toEqual([{ kind: 'lost', reason: 'its stream ended', epoch: 1 }]);
  });

  it('tells the dispatcher which workers went because the coordinator shuts down', async () => {
    const fakes = await serveFakes();
    const { answers, ended } = attach(fakes, { hello: HELLO });
    await until(() => answers.length === 1);
    await fakes.server.close(0);
    const reason = 'the coordinator shuts down';
    expect((await ended).details).toBe(reason);
    expect(fakes.door.events).toEqual([{ kind: 'lost', reason, isLetGo: true, epoch: 1 }]);
  });

  it('ends an attachment whose worker breaks the protocol, with the reason', async () => {
    const fakes = await serveFakes();
    const bad: wire.AttachRequest = {
      residency: { events: [{ sequence: 1, stored: { blocks: [Buffer.alloc(3)] } }] },
    };
    const error = await attach(fakes, { hello: HELLO }, bad).ended;
    expect(error.details).toBe('a block hash has 3 bytes, not 16');
    expect(fakes.door.events).toMatchObject([{ kind: 'lost', reason: error.details }]);
  });

  it('sends a long text once and names it afterwards', async () => {
    const fakes = await serveFakes();
    const { answers } = attach(fakes, { hello: HELLO });
    await until(() => fakes.door.ports.length === 1);
    const long = 'long '.repeat(200);
    fakes.door.ports[0]?.sendBatch([call('a', long), call('b', long), call('c', 'short')]);
    fakes.door.ports[0]?.sendBatch([call('d', long)]);
    await until(() => answers.length === 3);
    const [first, second] = [answers[1]?.batch, answers[2]?.batch];
    expect(first?.texts).toHaveLength(1);
    expect(first?.calls.map(({ messages }) => messages[0]?.parts[0]?.part)).toEqual([
      'digest',
      'digest',
      'text',
    ]);
    expect(second?.texts).toHaveLength(0);
    expect(second?.calls[0]?.messages[0]?.parts[0]?.digest).toEqual(first?.texts[0]?.digest);
  });

  it('answers a call that does not fit on the wire as a worker would', async () => {
    const fakes = await serveFakes({ messageMibMax: 1 });
    const { answers } = attach(fakes, { hello: HELLO });
    await until(() => fakes.door.ports.length === 1);
    fakes.door.ports[0]?.sendBatch([call('big', 'x'.repeat(1024 * 1024)), call('ok', 'y')]);
    await until(() => answers.length === 2 && fakes.door.events.length === 1);
    expect(fakes.door.events[0]).toMatchObject({
      kind: 'result',
      result: { id: 'big', finish: 'error', error: { code: 'MESSAGE_TOO_LARGE' } },
    });
    expect(answers[1]?.batch?.calls.map(({ callId }) => callId)).toEqual(['ok']);
  });

  it('gives up a worker that does not read', async () => {
    const fakes = await serveFakes();
    const { stream, answers } = attach(fakes, { hello: HELLO });
    await until(() => answers.length === 1);
    stream.pause();
    const port = fakes.door.ports[0];
    const block = 'ab'.repeat(16) as never;
    const directives = Array.from({ length: 2000 }, () => ({
      kind: 'nextUse' as const,
      block,
      nextUse: 1,
    }));
    for (let i = 0; i < 6000 && fakes.door.events.length === 0; i++) {
      port?.sendDirectives(directives.slice(0, i % 100 === 0 ? 2000 : 1));
    }
    expect(fakes.door.events).toMatchObject([
      { kind: 'lost', reason: 'worker "w1" does not read: 4096 messages wait for it' },
    ]);
  });
});
