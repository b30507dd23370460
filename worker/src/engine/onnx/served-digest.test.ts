import { modelDigest } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { servedDigest } from './served-digest.ts';

const [one, two] = [modelDigest('a'.repeat(64)), modelDigest('b'.repeat(64))];

describe('servedDigest', () => {
  it('tells weights, precisions and devices apart, and is the same for the same', () => {
    const digests = [
      servedDigest(one, 'fast'),
      servedDigest(one, 'exact'),
      servedDigest(two, 'fast'),
      servedDigest(two, 'exact'),
      servedDigest(two, 'exact', 'webgpu'),
    ];
    expect(new Set(digests).size).toBe(5);
    expect(servedDigest(one, 'fast', 'cpu')).toBe(digests[0]);
    expect(servedDigest(one, 'exact')).toBe(digests[1]);
    for (const digest of digests) expect(digest).toMatch(/^[0-9a-f]{64}$/);
  });
});
