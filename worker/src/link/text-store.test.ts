import { describe, expect, it } from 'vitest';
import { decodeMessage } from './decode-message.ts';
import { TextStore } from './text-store.ts';

const DIGEST = Buffer.alloc(32, 1);

const batch = (texts: { digest: Buffer; text: string }[], forgetTexts: Buffer[]) => ({
  batch: {
    texts,
    forgetTexts,
    calls: [
      {
        callId: 'a',
        messages: [{ role: 'ROLE_USER' as const, parts: [{ text: 'a ' }, { digest: DIGEST }] }],
        sampling: null,
        maxTokens: 1,
        stop: [],
        isolateKv: false,
        cacheSalt: '',
        order: '3',
        streamDeltas: false,
        traceparent: '',
        stopTokens: [],
        outputSchema: null,
      },
    ],
  },
});

describe('TextStore', () => {
  it('defines before the calls of a batch and forgets after them', () => {
    const texts = new TextStore();
    const sent = batch([{ digest: DIGEST, text: 'long text' }], [DIGEST]);
    expect(decodeMessage(sent, texts)).toMatchObject({
      kind: 'batch',
      calls: [{ id: 'a', messages: [{ role: 'user', content: 'a long text' }], order: 3 }],
    });
    expect(texts.bytes).toBe(0);
    expect(() => decodeMessage(batch([], []), texts)).toThrow(
      `names text ${DIGEST.toString('hex')} without having defined it`,
    );
  });

  it('counts a text that is defined again once', () => {
    const texts = new TextStore();
    texts.define(DIGEST, 'four');
    texts.define(DIGEST, 'five!');
    expect([texts.bytes, texts.require(DIGEST)]).toEqual([5, 'five!']);
  });
});
