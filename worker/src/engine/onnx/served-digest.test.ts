import { modelDigest } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { servedDigest } from './served-digest.ts';

const [one, two] = [modelDigest('a'.repeat(64)), modelDigest('b'.repeat(64))];

describe('servedDigest', () => {
  it('tells weights and precisions apart, and is the same for the same', () => {
    const digests = [
      servedDigest(one, 'fast'),
      servedDigest(one, 'exact'),
      servedDigest(two, 'fast'),
      servedDigest(two, 'exact'),
    ];
    expect(new Set(digests).size).toBe(4);
    expect(servedDigest(one, 'exact')).toBe(digests[1]);
    for (const digest of digests) expect(digest).toMatch(/^[0-9a-f]{64}$/);
  });
});
