import type { PrefillChunk } from '../../../batching/step-executor.ts';

/** Of fewer tokens halves take as long as the whole: each reads all weights. */
const HALVED_TOKENS_MIN = 64;

/**
 * A step's only chunk in two, where it is long enough: nothing else would run beside either of its stages. Halves
 * end at whole blocks.
 */
export function halveLoneChunk(
  chunks: readonly PrefillChunk[],
  blockTokens: number,
): readonly PrefillChunk[] {
  const [chunk] = chunks;
  if (chunk === undefined || chunks.length > 1) return chunks;
  const { start, tokens, storeAs } = chunk;
  if (tokens.length < HALVED_TOKENS_MIN) return chunks;
  const blocks = Math.ceil(tokens.length / 2 / blockTokens);
  const cut = blocks * blockTokens;
  return [
    { ...chunk, tokens: tokens.subarray(0, cut), storeAs: storeAs.slice(0, blocks), last: false },
    { ...chunk, start: start + cut, tokens: tokens.subarray(cut), storeAs: storeAs.slice(blocks) },
  ];
}
