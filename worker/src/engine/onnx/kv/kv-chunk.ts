import type { ModelConfig } from '@helium/model';
import { invariant } from '@helium/shared';

/**
 * Keys and values of consecutive tokens as the prefill stages return them, one part for each stage:
 * [layers of the stage × 2, tokens, kvHeads × headDim], key before value.
 */
export interface KvRecord {
  /** Unique among the records of an executor: the same place of the same one is the same prefix. */
  readonly id: number;
  readonly tokens: number;
  /** Parts of later stages appear when these are done. */
  readonly parts: readonly Float32Array[];
  /** Whether what became of its tokens is not all numbers; known when all stages are done. */
  readonly isBroken: boolean;
}

/** Consecutive tokens of a record. A block of the prefix cache is one. */
export interface KvChunk {
  readonly record: KvRecord;
  /** The first of its tokens in the record. */
  readonly offset: number;
  readonly tokens: number;
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

/** A whole record as a chunk. */
export function wholeChunk(record: KvRecord): KvChunk {
  return { record, offset: 0, tokens: record.tokens };
}

/** Tokens [from, to) of a chunk. */
export function sliceChunk({ record, offset }: KvChunk, from: number, to: number): KvChunk {
  return { record, offset: offset + from, tokens: to - from };
}

export function countTokens(chunks: readonly KvChunk[]): number {
  return chunks.reduce((sum, { tokens }) => sum + tokens, 0);
}

/** The tokens of one plane of a chunk, [tokens, width], as a view. */
export function planeOf({ record, offset, tokens }: KvChunk, plane: number, shape: KvShape) {
  let start = plane * record.tokens * shape.width;
  for (const part of record.parts) {
    if (start < part.length) {
      const first = start + offset * shape.width;
      return part.subarray(first, first + tokens * shape.width);
    }
    start -= part.length;
  }
  invariant(false, `KV plane ${plane} of a record of ${record.parts.length} parts`);
}

/** The chunk's tokens in one part of its record, [planes of the part, tokens, width]: always a copy. */
export function copyPart({ record, offset, tokens }: KvChunk, index: number, shape: KvShape) {
  const part = record.parts[index];
  invariant(part !== undefined, `a record of ${record.tokens} tokens has no KV of stage ${index}`);
  const size = record.tokens * shape.width;
  const copied = tokens * shape.width;
  const planes = part.length / size;
  const copy = new Float32Array(planes * copied);
  for (let plane = 0; plane < planes; plane++) {
    const first = plane * size + offset * shape.width;
    copy.set(part.subarray(first, first + copied), plane * copied);
  }
  return copy;
}

/** A stretch of one record's tokens. */
export interface KvRun {
  readonly record: KvRecord;
  readonly offset: number;
  readonly tokens: number;
}

/** The chunks with neighbours in the same record joined, so that equal prefixes look alike. */
export function runsOf(chunks: readonly KvChunk[]): KvRun[] {
  const runs: { record: KvRecord; offset: number; tokens: number }[] = [];
  for (const { record, offset, tokens } of chunks) {
    const last = runs.at(-1);
    if (last?.record === record && last.offset + last.tokens === offset) last.tokens += tokens;
    else runs.push({ record, offset, tokens });
  }
  return runs;
}

/** How many leading tokens two lists of chunks take from the same places. */
export function commonTokens(a: readonly KvChunk[], b: readonly KvChunk[]): number {
  const [left, right] = [runsOf(a), runsOf(b)];
  let common = 0;
  for (let i = 0; i < left.length && i < right.length; i++) {
    const [one, other] = [left[i]!, right[i]!];
    if (one.record !== other.record || one.offset !== other.offset) break;
    common += Math.min(one.tokens, other.tokens);
    if (one.tokens !== other.tokens) break;
  }
  return common;
}

/** What is left of the chunks behind their first `tokens`. */
export function chunksBehind(chunks: readonly KvChunk[], tokens: number): KvChunk[] {
  let start = 0;
  return chunks.flatMap((chunk) => {
    const from = Math.max(0, tokens - start);
    start += chunk.tokens;
    return from < chunk.tokens ? [sliceChunk(chunk, from, chunk.tokens)] : [];
  });
}
