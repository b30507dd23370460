import { DecodeSlab, fillSlabs, slabCapacityFor } from './decode-slab.ts';
import { countTokens, type KvChunk, type KvShape } from './kv-chunk.ts';
import { chunkSource } from './kv-source.ts';

/** A slab for one sequence alone, of `tokensMax` tokens at most, that has the KV of these chunks. */
export function soloSlab(
  chunks: readonly KvChunk[],
  shape: KvShape,
  tokensMax: number,
): DecodeSlab {
  const capacity = slabCapacityFor(tokensMax);
  const slab = new DecodeSlab(shape, { groups: 1, members: 1, sharedTokens: 0, capacity });
  const tokens = countTokens(chunks);
  const row = { source: chunkSource(chunks, shape), tokens };
  fillSlabs(shape.planes, [{ slab, rows: new Map([[0, row]]) }], []);
  return slab;
}
