import { WorkerService } from '@helium/proto';
import { type Call, callId } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { encodeBatches } from './encode-batch.ts';
import { TEXT_BYTES_MAX, TextDigests } from './text-digests.ts';

function call(id: string, ...contents: string[]): Call {
  return {
    id: callId(id),
    messages: contents.map((content) => ({ role: 'user', content })),
    sampling: { temperature: 1, topK: 3, topP: 0.5, minP: 0.25, seed: 2n ** 63n },
    maxTokens: 5,
    stop: ['END'],
    stopTokens: [4],
    logprobs: 2,
    reusePrefix: false,
    cacheSalt: 's',
    order: 7,
    streamDeltas: true,
    traceparent: '00-1-2-01',
  };
}

const MIB = 1024 * 1024;

describe('encodeBatches', () => {
  it('carries every field of a call', () => {
    const { batches } = encodeBatches([call('a', 'text')], new TextDigests(TEXT_BYTES_MAX), MIB);
    expect(batches[0]?.calls).toEqual([
      {
        callId: 'a',
        messages: [{ role: 'ROLE_USER', parts: [{ text: 'text' }] }],
        sampling: { temperature: 1, topK: 3, topP: 0.5, minP: 0.25, seed: '9223372036854775808' },
        maxTokens: 5,
        stop: ['END'],
        stopTokens: [4],
        logprobs: 2,
        isolateKv: true,
        cacheSalt: 's',
        order: 7,
        streamDeltas: true,
        traceparent: '00-1-2-01',
      },
    ]);
  });

  it('cuts messages at about a MiB, with each text before the first call that names it', () => {
    const texts = Array.from({ length: 5 }, (_, i) => `${i}`.repeat(400 * 1024));
    const calls = texts.map((text, i) => call(`c${i}`, text, texts[0] ?? ''));
    const { batches } = encodeBatches(calls, new TextDigests(TEXT_BYTES_MAX), 64 * MIB);
    expect(batches.map((b) => [b.texts?.length, b.calls?.length])).toEqual([
      [2, 2],
      [2, 2],
      [1, 1],
    ]);
    const known = new Set<string>();
    for (const batch of batches) {
      for (const { digest } of batch.texts ?? []) known.add((digest as Buffer).toString('hex'));
      for (const part of batch.calls?.flatMap((c) => c.messages ?? []) ?? []) {
        const digest = part.parts?.[0]?.digest as Buffer;
        expect(known.has(digest.toString('hex'))).toBe(true);
      }
    }
  });

  it('asks to forget only in the last message', () => {
    const texts = Array.from({ length: 4 }, (_, i) => call(`c${i}`, `${i}`.repeat(600 * 1024)));
    const { batches } = encodeBatches(texts, new TextDigests(MIB), 64 * MIB);
    expect(batches.map((b) => b.forgetTexts?.length ?? 0)).toEqual([0, 0, 0, 3]);
  });

  it('keeps below a message limit that is small, whatever is to be forgotten', () => {
    const count = 32_000;
    const calls = Array.from({ length: count }, (_, i) => call(`${i}`, `${i}`.padEnd(513)));
    const { batches } = encodeBatches(calls, new TextDigests(1), MIB);
    const encode = WorkerService.service.Attach.responseSerialize;
    for (const batch of batches) expect(encode({ batch }).length).toBeLessThan(MIB);
    expect(batches.flatMap((batch) => batch.forgetTexts ?? [])).toHaveLength(count);
  });

  it('leaves out a call whose output schema no wire message holds', () => {
    const schema = JSON.stringify({ type: 'string', description: 'x'.repeat(MIB) });
    const calls = [{ ...call('large', 'x'), outputSchema: schema }, call('ok', 'x')];
    const { batches, unsendable } = encodeBatches(calls, new TextDigests(TEXT_BYTES_MAX), MIB);
    expect(unsendable).toEqual([
      {
        id: 'large',
        reason: 'an output schema of 1,048,610 bytes exceeds what fits on the wire, 983,040',
      },
    ]);
    expect(batches.flatMap((b) => b.calls?.map(({ callId }) => callId))).toEqual(['ok']);
  });

  it('leaves out a call with a message, or with so many, that no wire message holds it', () => {
    const many = Array.from({ length: 4000 }, () => 'x'.repeat(300));
    const calls = [call('large', 'x'.repeat(2 * MIB)), call('many', ...many), call('ok', 'x')];
    const { batches, unsendable } = encodeBatches(calls, new TextDigests(TEXT_BYTES_MAX), MIB);
    expect(unsendable).toEqual([
      {
        id: 'large',
        reason: 'a message of 2,097,152 bytes exceeds what fits on the wire, 983,040',
      },
      {
        id: 'many',
        reason: '4000 messages and 1 stops exceed what fits on the wire, 983,040 bytes',
      },
    ]);
    expect(batches.flatMap((b) => b.calls?.map(({ callId }) => callId))).toEqual(['ok']);
  });
});
