import type { ModelConfig } from '@helium/model';
import { invariant } from '@helium/shared';

/**
 * Keys and values of consecutive tokens as the prefill stages return them, one part for each stage:
 * [layers of the stage × 2, tokens, kvHeads × headDim], key before value. A block of the prefix
 * cache is one.
 */
export interface KvChunk {
  /** Unique among the chunks of an executor: who has the same one has the same prefix. */
  readonly id: number;
  readonly tokens: number;
  readonly parts: readonly Float32Array[];
}

/** The sizes that KV memory is made of. A plane is the keys, or the values, of one layer. */
export interface KvShape {
  readonly planes: number;
  readonly kvHeads: number;
  readonly headDim: number;
  /** Floats of one token in one plane. */
  readonly width: number;
  readonly bytesPerToken: number;
}

export function kvShapeOf(config: ModelConfig): KvShape {
  const planes = config.layers * 2;
  const width = config.kvHeads * config.headDim;
  return {
    planes,
    kvHeads: config.kvHeads,
    headDim: config.headDim,
    width,
    bytesPerToken: planes * width * Float32Array.BYTES_PER_ELEMENT,
  };
}

/** The tokens of one plane of a chunk, [tokens, width], as a view. */
export function planeOf(chunk: KvChunk, plane: number, shape: KvShape): Float32Array {
  const size = chunk.tokens * shape.width;
  let offset = plane * size;
  for (const part of chunk.parts) {
    if (offset < part.length) return part.subarray(offset, offset + size);
    offset -= part.length;
  }
  invariant(false, `KV plane ${plane} of a chunk of ${chunk.parts.length} parts`);
}
