import type { DecodeSlab } from './decode-slab.ts';
import { standaloneSlab } from './fill-slabs.ts';
import { countTokens, type KvChunk, type KvShape } from './kv-chunk.ts';
import { chunkSource } from './kv-source.ts';
import { slabCapacityFor } from './slab-layout.ts';

/** A slab for one sequence alone, of `tokensMax` tokens at most, that has the KV of these chunks. */
export function soloSlab(
  chunks: readonly KvChunk[],
  shape: KvShape,
  tokensMax: number,
): DecodeSlab {
  const capacity = slabCapacityFor(tokensMax);
  const size = { groups: 1, members: 1, sharedTokens: 0, capacity };
  const row = { source: chunkSource(chunks, shape), tokens: countTokens(chunks) };
  return standaloneSlab(shape, size, new Map([[0, row]]));
}
