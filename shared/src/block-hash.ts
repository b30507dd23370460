import { hash } from 'node:crypto';
import type { SequenceBlockHash } from './residency.ts';

/** The whole blocks of a token sequence by their hashes, and what the next one is chained to. */
export interface BlockChain {
  readonly hashes: readonly SequenceBlockHash[];
  /** SHA-256 of the last block and all before it, hex; of the salt where there is none. */
  readonly digest: string;
}

const DIGEST_BYTES = 32;
const HASH_DIGITS = 32;

export function emptyBlockChain(cacheSalt: string): BlockChain {
  return { hashes: [], digest: hash('sha256', `helium.kv.v1\0${cacheSalt}`, 'hex') };
}

/**
 * Goes on with a chain: `tokens` follow its last block. Each hash is 128 bits of SHA-256, hex; a ragged tail
 * has none. Cost: O(tokens).
 */
export function extendBlockChain(
  chain: BlockChain,
  tokens: Int32Array,
  blockTokens: number,
): BlockChain {
  const hashes = [...chain.hashes];
  const { BYTES_PER_ELEMENT } = tokens;
  const bytes = new Uint8Array(tokens.buffer, tokens.byteOffset, tokens.byteLength);
  const blockBytes = blockTokens * BYTES_PER_ELEMENT;
  const linked = Buffer.alloc(DIGEST_BYTES + blockBytes);
  let { digest } = chain;
  for (let end = blockBytes; end <= bytes.length; end += blockBytes) {
    linked.write(digest, 'hex');
    linked.set(bytes.subarray(end - blockBytes, end), DIGEST_BYTES);
    digest = hash('sha256', linked, 'hex');
    hashes.push(digest.slice(0, HASH_DIGITS) as SequenceBlockHash);
  }
  return { hashes, digest };
}

/** Hashes of the whole blocks of a token sequence, chained from the salt. Cost: O(tokens). */
export function sequenceBlockHashes(
  tokens: Int32Array,
  blockTokens: number,
  cacheSalt: string,
): SequenceBlockHash[] {
  return [...extendBlockChain(emptyBlockChain(cacheSalt), tokens, blockTokens).hashes];
}
