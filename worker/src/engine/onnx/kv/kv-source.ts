import { copyPairs, pairsOf } from './copy-pairs.ts';
import { type KvChunk, type KvShape, planeOf } from './kv-chunk.ts';

/** Something that has the KV of a sequence. */
export interface KvSource {
  /**
   * Copies tokens [from, to) of a plane to `target`, head by head: head h's tokens, headDim floats
   * each, from `offset + h × stride` on.
   */
  copy(
    plane: number,
    from: number,
    to: number,
    target: Float32Array,
    offset: number,
    stride: number,
  ): void;
}

/** The chunks of a prompt as a source. */
export function chunkSource(chunks: readonly KvChunk[], shape: KvShape): KvSource {
  const { kvHeads, headDim, width } = shape;
  return {
    copy: (plane, from, to, target, offset, stride) => {
      const pairs = pairsOf(target);
      let start = 0;
      for (const chunk of chunks) {
        const source = pairsOf(planeOf(chunk, plane, shape));
        const end = Math.min(to - start, chunk.tokens);
        for (let token = Math.max(0, from - start); token < end; token++) {
          const at = offset + (start + token - from) * headDim;
          for (let head = 0; head < kvHeads; head++) {
            const read = token * width + head * headDim;
            copyPairs(source, read, pairs, at + head * stride, headDim);
          }
        }
        start += chunk.tokens;
      }
    },
  };
}
