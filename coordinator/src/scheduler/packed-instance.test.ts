import { describe, expect, it } from 'vitest';
import type { Instance } from './instance.ts';
import { buffersOf, packInstance, unpackInstance } from './packed-instance.ts';

const instance: Instance = {
  name: 'three calls',
  workers: 2,
  kvCapacity: 1000,
  maxSeqs: 4,
  maxBatchedTokens: 64,
  segments: Int32Array.of(5, 7),
  calls: [
    { prompt: Int32Array.of(0, 1), out: 3, deps: Int32Array.of(), op: 0, query: 0 },
    { prompt: Int32Array.of(), out: 4, deps: Int32Array.of(0), op: 1, query: 0 },
    { prompt: Int32Array.of(0, ~0, ~1), out: 5, deps: Int32Array.of(0, 1), op: 0, query: 1 },
  ],
};

describe('a packed instance', () => {
  it('is the same instance after it was handed over', () => {
    const packed = packInstance(instance);
    const received = structuredClone(packed, { transfer: buffersOf(packed) });
    expect(unpackInstance(received)).toEqual(instance);
    expect(packed.items).toHaveLength(0);
    expect(instance.segments).toHaveLength(2);
  });
});
