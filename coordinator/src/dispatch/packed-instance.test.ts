import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyInstance } from '../scheduler/random-instance.cases.ts';
import { packInstance, unpackInstance } from './packed-instance.ts';

describe('a packed instance', () => {
  it('is unpacked as it was', () => {
    fc.assert(
      fc.property(anyInstance, (instance) => {
        expect(unpackInstance(structuredClone(packInstance(instance)))).toEqual(instance);
      }),
    );
  });

  it('may be one without calls, or of calls without prompts', () => {
    const limits = { name: 'i', workers: 1, kvCapacity: 1, maxSeqs: 1, maxBatchedTokens: 1 };
    const none = new Int32Array(0);
    const empty = { ...limits, segments: none, calls: [] };
    expect(unpackInstance(packInstance(empty))).toEqual(empty);
    const call = { prompt: none, out: 1.5, deps: none, op: 0, query: 3 };
    const bare = { ...empty, calls: [call, { ...call, deps: Int32Array.of(0) }] };
    expect(unpackInstance(packInstance(bare))).toEqual(bare);
  });
});
