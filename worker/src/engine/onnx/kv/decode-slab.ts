import { invariant } from '@helium/shared';
import { SEGMENT_TOKENS } from '../graph/segment-sums.ts';
import { copyPairs, pairsOf } from './copy-pairs.ts';
import type { KvSource } from './kv-source.ts';
import type { SlabMemory } from './slab-memory.ts';
import { type StepRows, singleRows } from './step-rows.ts';

/** The smallest slab capacity that holds so many tokens: whole segments, one at least. */
export function slabCapacityFor(tokens: number): number {
  return Math.max(1, Math.ceil(tokens / SEGMENT_TOKENS)) * SEGMENT_TOKENS;
}

export interface SlabSize {
  readonly groups: number;
  /** Rows of each group. */
  readonly members: number;
  /** Leading tokens that the rows of a group have in common, kept once: whole segments. */
  readonly sharedTokens: number;
  /** Tokens of each row behind these: whole segments. */
  readonly capacity: number;
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

/**
 * KV of sequences that decode together, in groups whose rows begin alike. For each plane
 * the shared part [groups, kvHeads, sharedTokens, headDim] and behind it the rows' own [groups, members,
 * kvHeads, capacity, headDim], left-aligned. What lies beyond a row's length is masked, and always
 * finite: the graph multiplies it by an exact 0. Rows may be vacant; what these have is arbitrary.
 */
export class DecodeSlab implements SlabSize {
  readonly groups: number;
  readonly members: number;
  readonly sharedTokens: number;
  readonly capacity: number;
  private readonly memory: SlabMemory;
  /** Where its stretch of the memory begins; undefined while it has none. */
  private at: number | undefined;
  /** Tokens behind the shared ones by row; undefined for a vacant row. */
  private readonly lengths: (number | undefined)[];

  /** Without a place in the memory until `settle` has given it one. */
  constructor(memory: SlabMemory, size: SlabSize) {
    invariant(
      size.capacity % SEGMENT_TOKENS === 0 && size.sharedTokens % SEGMENT_TOKENS === 0,
      `slab of ${size.sharedTokens} + ${size.capacity} tokens is not whole segments`,
    );
    this.memory = memory;
    this.groups = size.groups;
    this.members = size.members;
    this.sharedTokens = size.sharedTokens;
    this.capacity = size.capacity;
    this.lengths = Array.from({ length: size.groups * size.members }, () => undefined);
  }

  /** Rows that a step computes: all up to the last that is taken, or of several groups all. */
  get rows(): number {
    if (this.groups > 1) return this.lengths.length;
    return this.lengths.findLastIndex((length) => length !== undefined) + 1;
  }

  /** Tokens of a row, the shared ones included; 0 for a vacant row. */
  lengthOf(row: number): number {
    const own = this.lengths[row];
    return own === undefined ? 0 : this.sharedTokens + own;
  }

  /** Tokens of a row behind the shared ones; 0 for a vacant row. */
  ownLengthOf(row: number): number {
    return this.lengths[row] ?? 0;
  }

  isVacant(row: number): boolean {
    return this.lengths[row] === undefined;
  }

  /** Whether a row has no room for one more token. */
  isFull(row: number): boolean {
    return this.lengths[row] === this.capacity;
  }

  /** Tokens that a row has room for: more than one only where all rows are of one group. */
  roomOf(row: number): number {
    return this.groups > 1 ? 1 : this.capacity - this.ownLengthOf(row);
  }

  /** Another number whenever its planes lie elsewhere. */
  get place(): number {
    return this.memory.generation * 2 ** 32 + this.start;
  }

  /** The shared part of a plane, as a view. */
  sharedPlane(index: number): Float32Array {
    const start = this.start;
    return this.memory.plane(index).subarray(start, start + this.sharedSize);
  }

  /** The first `rows` rows of a plane, as a view. */
  ownPlane(index: number): Float32Array {
    const start = this.start + this.sharedSize;
    return this.memory.plane(index).subarray(start, start + this.rows * this.rowSize);
  }

  /** All of a plane, as a view. */
  wholePlane(index: number): Float32Array {
    const { start } = this;
    const size = slabTokens(this) * this.memory.shape.width;
    return this.memory.plane(index).subarray(start, start + size);
  }

  /** Takes a vacant row; the source's first `sharedTokens` are those of the row's group. */
  takeRow(row: number, { source, tokens }: SlabRow): void {
    this.startRow(row, tokens);
    for (let plane = 0; plane < this.memory.shape.planes; plane++) {
      this.fillRow(plane, row, source, this.memory.plane(plane), this.start);
    }
  }

  vacate(row: number): void {
    invariant(!this.isVacant(row), `slab row ${row} is vacant already`);
    this.lengths[row] = undefined;
  }

  /** A row moves to a vacant one of the same group. */
  moveRow(from: number, to: number): void {
    const length = this.lengths[from];
    invariant(length !== undefined && this.isVacant(to), `slab row ${from} cannot move to ${to}`);
    const first = this.start + this.sharedSize;
    const [target, start, end] = [to, from, from + 1].map((at) => first + at * this.rowSize);
    for (let plane = 0; plane < this.memory.shape.planes; plane++) {
      this.memory.plane(plane).copyWithin(target!, start!, end!);
    }
    this.lengths[to] = length;
    this.lengths[from] = undefined;
  }

  /**
   * Appends to each row the first so many of its tokens as `taken` says; `kv` [planes, tokens, width] is what the
   * decode graph returned for these `rows`.
   */
  append(
    kv: Float32Array,
    taken: (row: number) => number = () => 1,
    rows: StepRows = singleRows(this.rows),
  ): void {
    const { planes, kvHeads, headDim, width } = this.memory.shape;
    const count = rows.total;
    const first = this.start + this.sharedSize;
    invariant(kv.length === planes * count * width, `${kv.length} floats of KV`);
    /** Where a token is in a plane of `kv`, and where it goes in the slab's. */
    const moves: { readonly from: number; readonly to: number }[] = [];
    for (const [row, start] of rows.starts.entries()) {
      if (this.isVacant(row)) continue;
      const added = taken(row);
      invariant(added <= rows.counts[row]!, `${added} tokens taken of row ${row}`);
      const end = first + row * this.rowSize + this.lengths[row]! * headDim;
      for (let i = 0; i < added; i++) {
        moves.push({ from: (start + i) * width, to: end + i * headDim });
      }
      this.lengths[row]! += added;
    }
    const source = pairsOf(kv);
    for (let index = 0; index < planes; index++) {
      const plane = pairsOf(this.memory.plane(index));
      for (const { from, to } of moves) {
        let at = index * count * width + from;
        for (let head = 0; head < kvHeads; head++) {
          copyPairs(source, at, plane, to + head * this.capacity * headDim, headDim);
          at += headDim;
        }
      }
    }
  }

  /** A row as a source for another slab; valid until the slab loses its place or the row changes. */
  sourceOf(row: number): SlabRow {
    invariant(!this.isVacant(row), `slab row ${row} is vacant`);
    const group = Math.floor(row / this.members);
    const { kvHeads, headDim } = this.memory.shape;
    const shared = this.start;
    const own = shared + this.sharedSize;
    const copy: KvSource = {
      copy: (plane, from, to, target, offset, stride) => {
        const source = this.memory.plane(plane);
        for (let head = 0; head < kvHeads; head++) {
          const cut = Math.min(Math.max(from, this.sharedTokens), to);
          const start = offset + head * stride;
          const sharedAt = shared + (group * kvHeads + head) * this.sharedTokens * headDim;
          const ownAt =
            own + ((row * kvHeads + head) * this.capacity - this.sharedTokens) * headDim;
          const read = (at: number, first: number, end: number) =>
            target.set(
              source.subarray(at + first * headDim, at + end * headDim),
              start + (first - from) * headDim,
            );
          if (from < cut) read(sharedAt, from, cut);
          if (cut < to) read(ownAt, cut, to);
        }
      },
    };
    return { source: copy, tokens: this.lengthOf(row) };
  }

  /** Gets its stretch of the memory, from token `at` on. */
  settle(at: number): void {
    this.at = at;
  }

  /** Gives its stretch back, and may get another. */
  unsettle(): void {
    this.memory.free(this.start / this.memory.shape.width);
    this.at = undefined;
  }

  dispose(): void {
    this.unsettle();
    this.lengths.fill(undefined);
  }

  /** The rows become taken, see `fillPlane`. */
  startRows(rows: ReadonlyMap<number, SlabRow>): void {
    for (const [row, { tokens }] of rows) this.startRow(row, tokens);
  }

  /** Writes a plane as it is with these rows to `target`, the slab's first float at `start`. */
  fillPlane(
    plane: number,
    rows: ReadonlyMap<number, SlabRow>,
    target: Float32Array,
    start: number,
  ): void {
    const { kvHeads, headDim } = this.memory.shape;
    const stride = this.sharedTokens * headDim;
    const filled = new Set<number>();
    for (const [row, { source }] of rows) {
      this.fillRow(plane, row, source, target, start);
      const group = Math.floor(row / this.members);
      if (filled.has(group)) continue;
      filled.add(group);
      source.copy(plane, 0, this.sharedTokens, target, start + group * kvHeads * stride, stride);
    }
  }

  /** The first of its floats in a plane. */
  private get start(): number {
    invariant(this.at !== undefined, 'a slab without a place in memory');
    return this.at * this.memory.shape.width;
  }

  /** Floats of the shared part of a plane. */
  private get sharedSize(): number {
    return this.groups * this.sharedTokens * this.memory.shape.width;
  }

  private get rowSize(): number {
    return this.capacity * this.memory.shape.width;
  }

  private startRow(row: number, tokens: number): void {
    const own = tokens - this.sharedTokens;
    invariant(row < this.lengths.length && this.isVacant(row), `slab row ${row} is not vacant`);
    invariant(own >= 0 && own <= this.capacity, `${own} tokens in a slab of ${this.capacity}`);
    this.lengths[row] = own;
  }

  /** Behind the row's tokens come zeros: whatever was there before might not be finite. */
  private fillRow(
    plane: number,
    row: number,
    source: KvSource,
    target: Float32Array,
    start: number,
  ): void {
    const { kvHeads, headDim } = this.memory.shape;
    const stride = this.capacity * headDim;
    const at = start + this.sharedSize + row * this.rowSize;
    const own = this.lengths[row]!;
    source.copy(plane, this.sharedTokens, this.sharedTokens + own, target, at, stride);
    for (let head = 0; head < kvHeads; head++) {
      target.fill(0, at + head * stride + own * headDim, at + (head + 1) * stride);
    }
  }
}
