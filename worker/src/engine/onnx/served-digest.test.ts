import { modelDigest } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { type Computation, servedDigest } from './served-digest.ts';

const [one, two] = [modelDigest('a'.repeat(64)), modelDigest('b'.repeat(64))];
const FAST: Computation = { precision: 'fast', device: 'cpu', kernels: '00c0ffee' };

describe('servedDigest', () => {
  it('tells weights, precisions, devices and kernels apart, and is the same for the same', () => {
    const digests = [
      servedDigest(one, FAST),
      servedDigest(two, FAST),
      servedDigest(one, { ...FAST, precision: 'exact' }),
      servedDigest(one, { ...FAST, precision: 'exact', device: 'webgpu' }),
      servedDigest(one, { ...FAST, kernels: '00c0ffef' }),
    ];
    expect(new Set(digests).size).toBe(5);
    expect(servedDigest(one, { ...FAST })).toBe(digests[0]);
    for (const digest of digests) expect(digest).toMatch(/^[0-9a-f]{64}$/);
  });
});
