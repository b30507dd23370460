import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { emptyBlockChain, extendBlockChain, sequenceBlockHashes } from './block-hash.ts';

const tokens = Int32Array.from({ length: 21 }, (_, i) => (i * 37) % 11);

describe('block hashes', () => {
  it('are SHA-256 of a block behind the digest of what is before it', () => {
    const salt = createHash('sha256').update('helium.kv.v1\0').update('salt').digest();
    const first = createHash('sha256').update(salt).update(tokens.slice(0, 8)).digest();
    const second = createHash('sha256').update(first).update(tokens.slice(8, 16)).digest();
    const hashes = [first, second].map((digest) => digest.toString('hex', 0, 16));
    expect(sequenceBlockHashes(tokens, 8, 'salt')).toEqual(hashes);
  });

  it('are the same however a sequence was lengthened', () => {
    const whole = sequenceBlockHashes(tokens, 4, 'salt');
    let chain = extendBlockChain(emptyBlockChain('salt'), tokens.subarray(0, 11), 4);
    chain = extendBlockChain(chain, tokens.subarray(8), 4);
    expect(chain.hashes).toEqual(whole);
    expect(whole).toHaveLength(5);
    expect(sequenceBlockHashes(tokens, 4, 'other')[0]).not.toBe(whole[0]);
  });
});
