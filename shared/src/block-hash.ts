import { createHash } from 'node:crypto';
import type { SequenceBlockHash } from './residency.ts';

/**
 * Hashes of the whole blocks of a token sequence, chained from the salt: 128 bits of SHA-256, hex.
 * A ragged tail has no hash. Cost: O(tokens).
 */
export function sequenceBlockHashes(
  tokens: Int32Array,
  blockTokens: number,
  cacheSalt: string,
): SequenceBlockHash[] {
  const hashes: SequenceBlockHash[] = [];
  let parent = createHash('sha256').update('helium.kv.v1\0').update(cacheSalt).digest();
  for (let end = blockTokens; end <= tokens.length; end += blockTokens) {
    const block = tokens.subarray(end - blockTokens, end);
    const bytes = new Uint8Array(block.buffer, block.byteOffset, block.byteLength);
    parent = createHash('sha256').update(parent).update(bytes).digest();
    hashes.push(parent.toString('hex', 0, 16) as SequenceBlockHash);
  }
  return hashes;
}
