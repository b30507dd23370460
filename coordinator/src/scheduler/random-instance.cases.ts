import fc from 'fast-check';
import type { Instance } from './instance.ts';

const anyCall = fc.record({
  segments: fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 3 }),
  producers: fc.uniqueArray(fc.nat(), { maxLength: 2 }),
  usesOutputs: fc.boolean(),
  out: fc.integer({ min: 1, max: 40 }),
  op: fc.integer({ min: 0, max: 3 }),
  query: fc.integer({ min: 0, max: 3 }),
});

/**
 * For property tests: small instances with shared prefixes, equal prompts, prompts that are strict
 * prefixes of others, and dependencies across operators and queries. Every call fits into the
 * cache.
 */
export const anyInstance: fc.Arbitrary<Instance> = fc
  .record({
    workers: fc.integer({ min: 1, max: 3 }),
    segments: fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 6, maxLength: 6 }),
    maxSeqs: fc.integer({ min: 1, max: 4 }),
    maxBatchedTokens: fc.integer({ min: 8, max: 64 }),
    kvCapacity: fc.integer({ min: 320, max: 900 }),
    calls: fc.array(anyCall, { minLength: 1, maxLength: 24 }),
  })
  .map(({ segments, calls, ...limits }) => ({
    name: 'random',
    ...limits,
    segments: Int32Array.from(segments),
    calls: calls.map(({ producers, usesOutputs, out, op, query, ...call }, number) => {
      const deps = number === 0 ? [] : [...new Set(producers.map((p) => p % number))];
      const outputs = usesOutputs ? deps.map((dep) => ~dep) : [];
      return {
        prompt: Int32Array.from([...call.segments, ...outputs]),
        deps: Int32Array.from(deps).sort(),
        out,
        op,
        query,
      };
    }),
  }));
