import { SEGMENT_TOKENS } from '../graph/segment-sums.ts';
import { copyPairs, pairsOf } from './copy-pairs.ts';
import type { KvShape } from './kv-chunk.ts';
import type { KvSource } from './kv-source.ts';

export interface SlabSize {
  readonly groups: number;
  /** Rows of each group. */
  readonly members: number;
  /** Leading tokens that the rows of a group have in common, kept once: whole segments. */
  readonly sharedTokens: number;
  /** Tokens of each row behind these: whole segments. */
  readonly capacity: number;
}

/** The smallest slab capacity that holds so many tokens: whole segments, one at least. */
export function slabCapacityFor(tokens: number): number {
  return Math.max(1, Math.ceil(tokens / SEGMENT_TOKENS)) * SEGMENT_TOKENS;
}

/** KV tokens that a slab of this size takes of the KV limit. */
export function slabTokens({ groups, members, sharedTokens, capacity }: SlabSize): number {
  return groups * (sharedTokens + members * capacity);
}

/** Where a row's KV comes from, and how many tokens it has. */
export interface SlabRow {
  readonly source: KvSource;
  readonly tokens: number;
}

/** A token that a step computed: its number among the step's, and where it goes. */
export interface PlacedToken {
  readonly from: number;
  readonly row: number;
  /** Its place behind the shared tokens. */
  readonly place: number;
}

/**
 * Where a slab's KV lies in its stretch of a plane: the shared part [groups, kvHeads, sharedTokens, headDim] and
 * behind it the rows' own [groups, members, kvHeads, capacity, headDim], left-aligned. Reads and writes stretches, from
 * their first float on; which rows are taken, and how far, it does not know.
 */
export class SlabLayout {
  private readonly size: SlabSize;
  private readonly shape: KvShape;

  constructor(size: SlabSize, shape: KvShape) {
    this.size = size;
    this.shape = shape;
  }

  /** Floats of a stretch. */
  get floats(): number {
    return slabTokens(this.size) * this.shape.width;
  }

  sharedPart(stretch: Float32Array): Float32Array {
    return stretch.subarray(0, this.ownStart(0));
  }

  /** The own parts of the first `rows` rows. */
  ownPart(stretch: Float32Array, rows: number): Float32Array {
    return stretch.subarray(this.ownStart(0), this.ownStart(rows));
  }

  groupOf(row: number): number {
    return Math.floor(row / this.size.members);
  }

  /** Writes what the rows of a group share. */
  writeShared(stretch: Float32Array, plane: number, group: number, source: KvSource): void {
    const { sharedTokens } = this.size;
    const stride = sharedTokens * this.shape.headDim;
    source.copy(plane, 0, sharedTokens, stretch, group * this.shape.kvHeads * stride, stride);
  }

  /** Writes a row's own part: its tokens, and zeros behind them, as what was there before might not be finite. */
  writeRow(stretch: Float32Array, plane: number, row: number, { source, tokens }: SlabRow): void {
    const { kvHeads, headDim } = this.shape;
    const { sharedTokens, capacity } = this.size;
    const stride = capacity * headDim;
    const at = this.ownStart(row);
    source.copy(plane, sharedTokens, tokens, stretch, at, stride);
    for (let head = 0; head < kvHeads; head++) {
      const end = (tokens - sharedTokens) * headDim;
      stretch.fill(0, at + head * stride + end, at + (head + 1) * stride);
    }
  }

  copyRow(stretch: Float32Array, from: number, to: number): void {
    stretch.copyWithin(this.ownStart(to), this.ownStart(from), this.ownStart(from + 1));
  }

  /** Writes tokens of what a step computed of the plane, [tokens, width] from float `first` of `computed` on. */
  writeTokens(
    stretch: Float32Array,
    computed: Float64Array,
    first: number,
    tokens: readonly PlacedToken[],
  ): void {
    const { kvHeads, headDim, width } = this.shape;
    const target = pairsOf(stretch);
    for (const { from, row, place } of tokens) {
      let at = first + from * width;
      let to = this.ownStart(row) + place * headDim;
      for (let head = 0; head < kvHeads; head++) {
        copyPairs(computed, at, target, to, headDim);
        at += headDim;
        to += this.size.capacity * headDim;
      }
    }
  }

  /** Reads tokens [from, to) of a row, the shared ones counted, as `KvSource.copy` does. */
  readTokens(
    stretch: Float32Array,
    row: number,
    [from, to]: readonly [number, number],
    target: Float32Array,
    offset: number,
    stride: number,
  ): void {
    const { kvHeads, headDim } = this.shape;
    const { sharedTokens, capacity } = this.size;
    const firstShared = this.groupOf(row) * kvHeads;
    const cut = Math.min(Math.max(from, sharedTokens), to);
    for (let head = 0; head < kvHeads; head++) {
      const start = offset + head * stride;
      const sharedAt = (firstShared + head) * sharedTokens * headDim;
      const ownAt = this.ownStart(row) + (head * capacity - sharedTokens) * headDim;
      const read = (at: number, first: number, end: number) =>
        target.set(
          stretch.subarray(at + first * headDim, at + end * headDim),
          start + (first - from) * headDim,
        );
      if (from < cut) read(sharedAt, from, cut);
      if (cut < to) read(ownAt, cut, to);
    }
  }

  private ownStart(row: number): number {
    const { groups, sharedTokens, capacity } = this.size;
    return (groups * sharedTokens + row * capacity) * this.shape.width;
  }
}
