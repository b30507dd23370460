import { type ModelDigest, modelDigest, type Role, tenantId } from '@helium/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PromptRequest } from '../plan/prompt-request.ts';
import { createCacheKeys, derivationKey, promptKey } from './cache-key.ts';

/** Texts that look like pieces of an encoding, so that shifted borders would show. */
const text = fc.string({ unit: fc.constantFrom('a', 's', '1', ':', ';', '\ud800'), maxLength: 3 });

const request: fc.Arbitrary<PromptRequest> = fc.record({
  modelDigest: text.map((digest): ModelDigest => modelDigest(digest)),
  messages: fc.array(
    fc.record({ role: fc.constantFrom<Role>('system', 'user', 'assistant'), content: text }),
    { maxLength: 2 },
  ),
  sampling: fc.oneof(
    fc.constant({ temperature: 0, topK: 0, topP: 1 }),
    fc.record({
      temperature: fc.constantFrom(0.5, 1),
      topK: fc.constantFrom(0, 1),
      topP: fc.constantFrom(0.5, 1),
      seed: fc.constantFrom(0n, 1n, 2n ** 63n),
    }),
  ),
  maxTokens: fc.integer({ min: 1, max: 3 }),
  stop: fc.array(text, { maxLength: 2 }),
});

const A = tenantId('a');

const print = (value: unknown) =>
  JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? `bigint ${v}` : v));

describe('promptKey', () => {
  it('is equal exactly when tenant and request are', () => {
    const tenant = text.map(tenantId);
    fc.assert(
      fc.property(tenant, tenant, request, request, (s, t, a, b) => {
        expect(promptKey(s, a) === promptKey(t, b)).toBe(s === t && print(a) === print(b));
        expect(promptKey(s, a)).toBe(promptKey(s, structuredClone(a)));
      }),
      { numRuns: 2000 },
    );
  });

  it('changes with every single field that decides the answer', () => {
    const base: PromptRequest = {
      modelDigest: modelDigest('m'),
      messages: [{ role: 'user', content: 'ab' }],
      sampling: { temperature: 1, topK: 4, topP: 0.9, seed: 7n },
      maxTokens: 8,
      stop: ['x'],
    };
    const { sampling } = base;
    const changes: Partial<PromptRequest>[] = [
      {},
      { modelDigest: modelDigest('n') },
      { messages: [{ role: 'system', content: 'ab' }] },
      { messages: [{ role: 'user', content: 'abc' }] },
      {
        messages: [
          { role: 'user', content: 'a' },
          { role: 'user', content: 'b' },
        ],
      },
      { messages: [] },
      { sampling: { ...sampling, temperature: 0.5 } },
      { sampling: { ...sampling, topK: 5 } },
      { sampling: { ...sampling, topP: 0.8 } },
      { sampling: { ...sampling, seed: 8n } },
      { sampling: { ...sampling, minP: 0.1 } },
      { sampling: { ...sampling, repetitionPenalty: 1.1 } },
      { sampling: { ...sampling, presencePenalty: 1.1 } },
      { sampling: { ...sampling, frequencyPenalty: 1.1 } },
      { sampling: { temperature: 0, topK: 0, topP: 1, repetitionPenalty: 1.1 } },
      { stopTokens: [5] },
      { stopTokens: [5, 6] },
      { outputSchema: '{}' },
      { logprobs: 0 },
      { sampling: { temperature: 0, topK: 0, topP: 1 } },
      { maxTokens: 9 },
      { stop: [] },
      { stop: ['x', ''] },
    ];
    const keys = changes.map((change) => promptKey(A, { ...base, ...change }));
    expect(new Set(keys).size).toBe(changes.length);
    for (const key of keys) expect(key).toMatch(/^[0-9a-f]{64}$/);
  });

  it('stays what it was where a parameter is at its default', () => {
    const bare: PromptRequest = {
      modelDigest: modelDigest('m'),
      messages: [{ role: 'user', content: 'ab' }],
      sampling: { temperature: 1, topK: 4, topP: 0.9, seed: 7n },
      maxTokens: 8,
      stop: ['x'],
    };
    const defaults = { minP: 0, repetitionPenalty: 1, presencePenalty: 0, frequencyPenalty: 0 };
    const spelled = { ...bare, sampling: { ...bare.sampling, ...defaults }, stopTokens: [] };
    expect(promptKey(A, spelled)).toBe(promptKey(A, bare));
    expect(promptKey(A, bare)).toMatchInlineSnapshot(
      `"45b66134c141c61a98556ba13363ddb30e02054bcea9e851378413001679242f"`,
    );
  });

  it('ignores the sampling parameters that greedy decoding ignores', () => {
    const greedy = (topK: number, seed: bigint): PromptRequest => ({
      modelDigest: modelDigest('m'),
      messages: [],
      sampling: { temperature: 0, topK, topP: 1, seed },
      maxTokens: 8,
      stop: [],
    });
    expect(promptKey(A, greedy(1, 1n))).toBe(promptKey(A, greedy(2, 2n)));
  });
});

describe('derivationKey', () => {
  it('differs by tenant and signature, and never meets a prompt key', () => {
    const signature = 'f'.repeat(64);
    const keys = [
      derivationKey(A, signature),
      derivationKey(tenantId('b'), signature),
      derivationKey(A, 'e'.repeat(64)),
    ];
    expect(new Set(keys).size).toBe(3);
    expect(createCacheKeys(A).derivation(signature)).toBe(keys[0]);
  });
});
