import {
  type Clock,
  type HeliumError,
  modelDigest,
  systemClock,
  type WorkerIdentity,
  workerId,
} from '@helium/shared';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { CoordinatorMessage, CoordinatorPort } from './coordinator-port.ts';
import { createDialer } from './dial-coordinator.ts';
import { refuse, serveAttach, WELCOME } from './fake-coordinator.cases.ts';

const IDENTITY: WorkerIdentity = {
  workerId: workerId('w'),
  model: 'm',
  modelDigest: modelDigest('a'.repeat(64)),
  tokenizerDigest: 'b'.repeat(64),
  engine: 'sim',
  device: 'd',
  maxCalls: 4,
  maxBatch: 2,
  contextTokens: 100,
  kvTokens: 1000,
  blockTokens: 16,
  version: '0',
};

const HEARTBEAT = {
  kind: 'heartbeat',
  load: { runningCalls: 0, queuedCalls: 0, kvTokensUsed: 0, loopDelayMs: 0, prefetchedTokens: 0 },
} as const;

const TOKENIZER = Buffer.alloc(600 * 1024, 5);

function dial(
  address: string,
  options: { welcomeMsMax?: number; clock?: Clock; token?: () => string | undefined } = {},
) {
  const dialer = createDialer({
    address,
    identity: IDENTITY,
    tokenizer: async () => TOKENIZER,
    messageMibMax: 4,
    welcomeMsMax: 5000,
    clock: systemClock,
    ...options,
  });
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  return dialer(stop.signal);
}

/** A port whose messages are collected; `lost` resolves with why it ended. */
function listen(port: CoordinatorPort) {
  const messages: CoordinatorMessage[] = [];
  const lost = new Promise<HeliumError>((resolve) => {
    port.listen({
      message: (message) => messages.push(message),
      writable: () => {},
      lost: resolve,
    });
  });
  return { messages, lost };
}

describe('createDialer', () => {
  it('says hello and hands over the attachment with every message after the welcome', async () => {
    const hellos: unknown[] = [];
    const { address } = await serveAttach((stream) => {
      stream.once('data', ({ hello }) => {
        hellos.push(hello);
        stream.write(WELCOME);
        stream.write({ cancel: { callIds: ['a'], unlessBegun: true } });
        stream.write({ directives: { directives: [{ nextUse: { block: Buffer.alloc(16) } }] } });
      });
      stream.on('data', ({ heartbeat }) => heartbeat && stream.end());
    });
    const port = await dial(address);
    expect([port.epoch, port.heartbeatIntervalMs]).toEqual([7, 1000]);
    // Whoever listens late misses nothing.
    await new Promise((resolve) => setTimeout(resolve, 20));
    const { messages, lost } = listen(port);
    while (messages.length < 2) await new Promise((resolve) => setTimeout(resolve, 2));
    port.send(HEARTBEAT);
    expect((await lost).message).toBe(`coordinator ${address} ended the attachment`);
    expect(hellos).toMatchObject([{ ...IDENTITY, kvTokens: '1000', protocolMajor: 1 }]);
    expect(messages).toEqual([
      { kind: 'cancel', ids: ['a'], unlessBegun: true },
      {
        kind: 'directives',
        directives: [{ kind: 'nextUse', block: '0'.repeat(32), nextUse: Number.POSITIVE_INFINITY }],
      },
    ]);
  });

  it('leaves a coordinator that answered heartbeats and hears of no more, as behind a half-open connection', async () => {
    let heartbeats = 0;
    const { address } = await serveAttach((stream) => {
      stream.on('data', ({ hello }) => {
        if (hello) stream.write(WELCOME);
        // The first, and the 15th by something else.
        else if (++heartbeats === 1) stream.write({ directives: {} });
        else if (heartbeats === 15) stream.write({ cancel: { callIds: ['a'] } });
      });
    });
    const port = await dial(address);
    const { messages, lost } = listen(port);
    const beat = async (times: number) => {
      for (let i = 0; i < times; i++) port.send(HEARTBEAT);
      const all = heartbeats + times;
      while (heartbeats < all) await new Promise((resolve) => setTimeout(resolve, 2));
    };
    await beat(1);
    await beat(14);
    while (messages.length < 1) await new Promise((resolve) => setTimeout(resolve, 2));
    expect(messages).toEqual([{ kind: 'cancel', ids: ['a'], unlessBegun: false }]);
    // 20 s at an interval of one second.
    await beat(20);
    let isLost = false;
    void lost.then(() => {
      isLost = true;
    });
    await Promise.resolve();
    expect(isLost).toBe(false);
    port.send(HEARTBEAT);
    expect(await lost).toMatchObject({
      code: 'UNREACHABLE',
      message: `coordinator ${address} left 20 heartbeats unanswered`,
    });
  });

  it('stays with a coordinator that answers no heartbeats, as older ones do not', async () => {
    let heartbeats = 0;
    const { address } = await serveAttach((stream) => {
      stream.on('data', ({ hello }) => {
        if (hello) stream.write(WELCOME);
        else if (++heartbeats === 100) stream.end();
      });
    });
    const port = await dial(address);
    const { lost } = listen(port);
    for (let i = 0; i < 100; i++) port.send(HEARTBEAT);
    expect((await lost).message).toBe(`coordinator ${address} ended the attachment`);
  });

  it('sends the tokenizer in pieces when it is asked for, and is attached when it is taken', async () => {
    const sizes: number[] = [];
    const { address } = await serveAttach((stream) => {
      stream.on('data', ({ hello, tokenizerChunk }) => {
        if (hello) stream.write({ welcome: { ...WELCOME.welcome, sendTokenizer: true } });
        if (!tokenizerChunk) return;
        sizes.push(tokenizerChunk.data.length);
        if (tokenizerChunk.last) stream.write(WELCOME);
      });
    });
    await dial(address);
    expect(sizes).toEqual([256, 256, 88].map((kib) => kib * 1024));
  });

  it('shows the token as it stands with every dial, and none where there is none', async () => {
    const shown: unknown[] = [];
    const { address } = await serveAttach((stream) => {
      shown.push(stream.metadata.get('authorization')[0]);
      stream.once('data', () => stream.write(WELCOME));
    });
    let token: string | undefined = 'helium_a';
    for (const next of ['helium_b', undefined, undefined]) {
      const port = await dial(address, { token: () => token });
      token = next;
      await port.close();
    }
    expect(shown).toEqual(['Bearer helium_a', 'Bearer helium_b', undefined]);
  });

  it('rejects with the reason of a refusal', async () => {
    const { address } = await serveAttach((stream) => {
      stream.once('data', () => refuse(stream, 'PROTOCOL_INCOMPATIBLE', '2.0 against 1.0'));
    });
    await expect(dial(address)).rejects.toMatchObject({
      code: 'PROTOCOL_INCOMPATIBLE',
      message: '2.0 against 1.0',
    });
  });

  it('rejects with the reason for which the tokenizer is refused', async () => {
    const { address } = await serveAttach((stream) => {
      stream.on('data', ({ hello, tokenizerChunk }) => {
        if (hello) stream.write({ welcome: { ...WELCOME.welcome, sendTokenizer: true } });
        if (tokenizerChunk?.last) refuse(stream, 'MODEL_INVALID', 'another digest');
      });
    });
    await expect(dial(address)).rejects.toMatchObject({ code: 'MODEL_INVALID' });
  });

  it('rejects when nobody listens, and when nobody answers', async () => {
    await expect(dial('127.0.0.1:1')).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining('coordinator 127.0.0.1:1: UNAVAILABLE'),
    });
    const { address } = await serveAttach(() => {});
    await expect(dial(address, { welcomeMsMax: 30 })).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: `coordinator ${address} did not answer within 30 ms`,
    });
  });

  it('loses an attachment whose coordinator names a text it never sent', async () => {
    const parts = [{ digest: Buffer.alloc(32) }];
    const { address } = await serveAttach((stream) => {
      stream.once('data', () => {
        stream.write(WELCOME);
        const call = { callId: 'a', messages: [{ role: 'ROLE_USER' as const, parts }] };
        stream.write({ batch: { calls: [call] } });
      });
    });
    const { lost } = listen(await dial(address));
    expect(await lost).toMatchObject({
      code: 'INVARIANT_BROKEN',
      message: expect.stringContaining('without having defined it'),
    });
  });

  it('closes after everything was sent', async () => {
    const got: string[] = [];
    const { address } = await serveAttach((stream) => {
      stream.on('data', ({ message }) => {
        got.push(String(message));
        if (message === 'hello') stream.write(WELCOME);
      });
      stream.on('end', () => stream.end());
    });
    const port = await dial(address);
    listen(port);
    for (let i = 0; i < 50; i++) port.send({ kind: 'credits', calls: 1 });
    await port.close();
    expect(got.filter((kind) => kind === 'credits')).toHaveLength(50);
  });
});
