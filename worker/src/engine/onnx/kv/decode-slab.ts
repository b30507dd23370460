import { invariant } from '@helium/shared';
import { SEGMENT_TOKENS } from '../graph/segmented-attention.ts';
import type { KvShape } from './kv-chunk.ts';
import type { KvSource } from './kv-source.ts';

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
 * the shared part [groups, kvHeads, sharedTokens, headDim] and the rows' own [groups, members,
 * kvHeads, capacity, headDim], left-aligned. What lies beyond a row's length is masked, and always
 * finite: the graph multiplies it by an exact 0. Rows may be vacant.
 */
export class DecodeSlab implements SlabSize {
  readonly groups: number;
  readonly members: number;
  readonly sharedTokens: number;
  readonly capacity: number;
  private readonly shape: KvShape;
  private readonly shared: Float32Array[] = [];
  private readonly own: Float32Array[] = [];
  /** Tokens behind the shared ones by row; undefined for a vacant row. */
  private readonly lengths: (number | undefined)[];

  /** Without memory until `fillSlabs` has given it some. */
  constructor(shape: KvShape, size: SlabSize) {
    invariant(
      size.capacity % SEGMENT_TOKENS === 0 && size.sharedTokens % SEGMENT_TOKENS === 0,
      `slab of ${size.sharedTokens} + ${size.capacity} tokens is not whole segments`,
    );
    this.shape = shape;
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

  /** The shared part of a plane. */
  sharedPlane(index: number): Float32Array {
    return requirePlane(this.shared, index);
  }

  /** The first `rows` rows of a plane, as a view. */
  ownPlane(index: number): Float32Array {
    return requirePlane(this.own, index).subarray(0, this.rows * this.rowSize);
  }

  /** Takes a vacant row; the source's first `sharedTokens` are those of the row's group. */
  takeRow(row: number, { source, tokens }: SlabRow): void {
    this.startRow(row, tokens);
    for (let plane = 0; plane < this.shape.planes; plane++) this.fillRow(plane, row, source);
  }

  vacate(row: number): void {
    invariant(!this.isVacant(row), `slab row ${row} is vacant already`);
    this.lengths[row] = undefined;
  }

  /** A row moves to a vacant one of the same group. */
  moveRow(from: number, to: number): void {
    const length = this.lengths[from];
    invariant(length !== undefined && this.isVacant(to), `slab row ${from} cannot move to ${to}`);
    for (const plane of this.own) {
      plane.copyWithin(to * this.rowSize, from * this.rowSize, (from + 1) * this.rowSize);
    }
    this.lengths[to] = length;
    this.lengths[from] = undefined;
  }

  /**
   * Appends one token to the rows that `takes` says; `kv` [planes, rows, width] is what the
   * decode graph returned.
   */
  append(kv: Float32Array, takes: (row: number) => boolean = () => true): void {
    const { planes, kvHeads, headDim, width } = this.shape;
    const count = this.rows;
    invariant(kv.length === planes * count * width, `${kv.length} floats of KV`);
    const rows: number[] = [];
    for (let row = 0; row < count; row++) if (!this.isVacant(row) && takes(row)) rows.push(row);
    this.own.forEach((plane, index) => {
      for (const row of rows) {
        let from = (index * count + row) * width;
        const position = row * this.rowSize + this.lengths[row]! * headDim;
        for (let head = 0; head < kvHeads; head++) {
          const to = position + head * this.capacity * headDim;
          for (let i = 0; i < headDim; i++) plane[to + i] = kv[from + i]!;
          from += headDim;
        }
      }
    });
    for (const row of rows) this.lengths[row]!++;
  }

  /** A row as a source for another slab; valid until a plane is released or the row changes. */
  sourceOf(row: number): SlabRow {
    invariant(!this.isVacant(row), `slab row ${row} is vacant`);
    const group = Math.floor(row / this.members);
    const { kvHeads, headDim } = this.shape;
    const copy: KvSource = {
      copy: (plane, from, to, target, offset, stride) => {
        for (let head = 0; head < kvHeads; head++) {
          const cut = Math.min(Math.max(from, this.sharedTokens), to);
          const start = offset + head * stride;
          const sharedAt = (group * kvHeads + head) * this.sharedTokens;
          const ownAt = (row * kvHeads + head) * this.capacity - this.sharedTokens;
          const read = (source: Float32Array, at: number, first: number, end: number) =>
            target.set(
              source.subarray((at + first) * headDim, (at + end) * headDim),
              start + (first - from) * headDim,
            );
          if (from < cut) read(this.sharedPlane(plane), sharedAt, from, cut);
          if (cut < to) read(requirePlane(this.own, plane), ownAt, cut, to);
        }
      },
    };
    return { source: copy, tokens: this.lengthOf(row) };
  }

  /** Gives the memory back at once rather than at the next garbage collection. */
  dispose(): void {
    for (let plane = 0; plane < this.own.length; plane++) this.releasePlane(plane);
    this.lengths.fill(undefined);
  }

  /** For `fillSlabs`: the next plane; `rows` by row number. */
  allocatePlane(rows: ReadonlyMap<number, SlabRow>): void {
    const index = this.own.length;
    const { kvHeads, headDim, width } = this.shape;
    this.own.push(new Float32Array(this.lengths.length * this.rowSize));
    const shared = new Float32Array(this.groups * this.sharedTokens * width);
    this.shared.push(shared);
    const filled = new Set<number>();
    for (const [row, { source, tokens }] of rows) {
      if (index === 0) this.startRow(row, tokens);
      this.fillRow(index, row, source);
      const group = Math.floor(row / this.members);
      if (filled.has(group)) continue;
      filled.add(group);
      const stride = this.sharedTokens * headDim;
      source.copy(index, 0, this.sharedTokens, shared, group * kvHeads * stride, stride);
    }
  }

  /** For `fillSlabs`: the plane cannot be read any more. */
  releasePlane(index: number): void {
    for (const planes of [this.own, this.shared]) {
      (requirePlane(planes, index).buffer as ArrayBuffer).transfer(0);
    }
  }

  private get rowSize(): number {
    return this.capacity * this.shape.width;
  }

  private startRow(row: number, tokens: number): void {
    const own = tokens - this.sharedTokens;
    invariant(row < this.lengths.length && this.isVacant(row), `slab row ${row} is not vacant`);
    invariant(own >= 0 && own <= this.capacity, `${own} tokens in a slab of ${this.capacity}`);
    this.lengths[row] = own;
  }

  private fillRow(plane: number, row: number, source: KvSource): void {
    const stride = this.capacity * this.shape.headDim;
    const target = requirePlane(this.own, plane);
    source.copy(
      plane,
      this.sharedTokens,
      this.sharedTokens + this.lengths[row]!,
      target,
      row * this.rowSize,
      stride,
    );
  }
}

/**
 * Gives new slabs their memory and rows, and takes the memory of retired ones, plane by plane:
 * old and new are never in memory together but for one plane.
 */
export function fillSlabs(
  planes: number,
  built: readonly { readonly slab: DecodeSlab; readonly rows: ReadonlyMap<number, SlabRow> }[],
  retired: readonly DecodeSlab[],
): void {
  for (let plane = 0; plane < planes; plane++) {
    for (const { slab, rows } of built) slab.allocatePlane(rows);
    for (const slab of retired) slab.releasePlane(plane);
  }
}

function requirePlane(planes: readonly Float32Array[], index: number): Float32Array {
  const plane = planes[index];
  invariant(plane !== undefined, `KV plane ${index} of ${planes.length}`);
  return plane;
}
