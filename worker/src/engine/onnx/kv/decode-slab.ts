import { invariant } from '@helium/shared';
import { SEGMENT_TOKENS } from '../graph/segment-sums.ts';
import { pairsOf } from './copy-pairs.ts';
import { type PlacedToken, SlabLayout, type SlabRow, type SlabSize } from './slab-layout.ts';
import type { SlabMemory } from './slab-memory.ts';
import { type StepRows, singleRows } from './step-rows.ts';

/**
 * KV of sequences that decode together, in groups whose rows begin alike: which rows are taken, how many tokens each
 * has, and where in the memory all of it lies, as `SlabLayout` says. What lies beyond a row's length is masked, and
 * always finite: the graph multiplies it by an exact 0. Rows may be vacant; what these have is arbitrary.
 */
export class DecodeSlab implements SlabSize {
  readonly groups: number;
  readonly members: number;
  readonly sharedTokens: number;
  readonly capacity: number;
  private readonly memory: SlabMemory;
  private readonly layout: SlabLayout;
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
    this.layout = new SlabLayout(size, memory.shape);
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
    return this.layout.sharedPart(this.wholePlane(index));
  }

  /** The first `rows` rows of a plane, as a view. */
  ownPlane(index: number): Float32Array {
    return this.layout.ownPart(this.wholePlane(index), this.rows);
  }

  /** All of a plane, as a view. */
  wholePlane(index: number): Float32Array {
    return this.stretch(index, this.start);
  }

  /** Takes a vacant row; the source's first `sharedTokens` are those of the row's group. */
  takeRow(row: number, from: SlabRow): void {
    this.startRow(row, from.tokens);
    for (let plane = 0; plane < this.memory.shape.planes; plane++) {
      this.layout.writeRow(this.wholePlane(plane), plane, row, from);
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
    for (let plane = 0; plane < this.memory.shape.planes; plane++) {
      this.layout.copyRow(this.wholePlane(plane), from, to);
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
    const { planes, width } = this.memory.shape;
    const size = rows.total * width;
    invariant(kv.length === planes * size, `${kv.length} floats of KV`);
    const placed: PlacedToken[] = [];
    for (const [row, start] of rows.starts.entries()) {
      if (this.isVacant(row)) continue;
      const added = taken(row);
      invariant(added <= rows.counts[row]!, `${added} tokens taken of row ${row}`);
      for (let i = 0; i < added; i++) {
        placed.push({ from: start + i, row, place: this.lengths[row]! + i });
      }
      this.lengths[row]! += added;
    }
    const computed = pairsOf(kv);
    for (let plane = 0; plane < planes; plane++) {
      this.layout.writeTokens(this.wholePlane(plane), computed, plane * size, placed);
    }
  }

  /** A row as a source for another slab; valid until the slab loses its place or the row changes. */
  sourceOf(row: number): SlabRow {
    invariant(!this.isVacant(row), `slab row ${row} is vacant`);
    const { layout, start: at } = this;
    return {
      source: {
        copy: (plane, from, to, target, offset, stride) =>
          layout.readTokens(this.stretch(plane, at), row, [from, to], target, offset, stride),
      },
      tokens: this.lengthOf(row),
    };
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

  /** Writes a plane as it is with these rows to `stretch`, which is the slab's own or will be copied there. */
  fillPlane(plane: number, rows: ReadonlyMap<number, SlabRow>, stretch: Float32Array): void {
    const filled = new Set<number>();
    for (const [row, from] of rows) {
      this.layout.writeRow(stretch, plane, row, from);
      const group = this.layout.groupOf(row);
      if (filled.has(group)) continue;
      filled.add(group);
      this.layout.writeShared(stretch, plane, group, from.source);
    }
  }

  /** The first of its floats in a plane. */
  private get start(): number {
    invariant(this.at !== undefined, 'a slab without a place in memory');
    return this.at * this.memory.shape.width;
  }

  private stretch(plane: number, start: number): Float32Array {
    return this.memory.plane(plane).subarray(start, start + this.layout.floats);
  }

  private startRow(row: number, tokens: number): void {
    const own = tokens - this.sharedTokens;
    invariant(row < this.lengths.length && this.isVacant(row), `slab row ${row} is not vacant`);
    invariant(own >= 0 && own <= this.capacity, `${own} tokens in a slab of ${this.capacity}`);
    this.lengths[row] = own;
  }
}
