import { type SequenceBlockHash, sequenceBlockHashes } from '@helium/shared';

/** What prompts cost at least where KV is kept by whole blocks; all in tokens. */
export interface PrefixCount {
  readonly blockTokens: number;
  /** Of all prompts, whatever they share. */
  readonly prompt: number;
  /** Of whole blocks, each counted once however many prompts start with it. */
  readonly blocks: number;
  /** After the last whole block of each prompt: never shared. */
  readonly tails: number;
  /** Last blocks of prompts that end with a block, computed again. */
  readonly again: number;
  /** blocks + tails + again. */
  readonly distinct: number;
}

/**
 * Tokens that must be computed for these prompts in the best order, when nothing is ever evicted. A
 * prompt's last token is always computed, and with it its whole chunk: of prompts that are equal and
 * end with a block, only the first takes part in computing that block. Cost: O(tokens).
 */
export function countDistinctPrefixes(
  prompts: readonly Int32Array[],
  blockTokens: number,
): PrefixCount {
  const blocks = new Set<SequenceBlockHash>();
  const ends = new Set<SequenceBlockHash>();
  let prompt = 0;
  let tails = 0;
  let again = 0;
  for (const tokens of prompts) {
    const hashes = sequenceBlockHashes(tokens, blockTokens, '');
    for (const hash of hashes) blocks.add(hash);
    prompt += tokens.length;
    tails += tokens.length % blockTokens;
    const last = hashes.at(-1);
    if (last === undefined || tokens.length % blockTokens !== 0) continue;
    if (ends.has(last)) again += blockTokens;
    ends.add(last);
  }
  const whole = blocks.size * blockTokens;
  return { blockTokens, prompt, blocks: whole, tails, again, distinct: whole + tails + again };
}
