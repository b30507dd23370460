import { invariant } from '@helium/shared';
import { type KvChunk, type KvShape, planeOf } from './kv-chunk.ts';

/** A slab's capacity in tokens is a multiple of this, see `DecodeSlab`. */
export const SLAB_STEP_TOKENS = 64;

/** The smallest slab capacity that holds so many tokens. */
export function slabCapacityFor(tokens: number): number {
  return Math.ceil(tokens / SLAB_STEP_TOKENS) * SLAB_STEP_TOKENS;
}

/**
 * Private KV of sequences that decode together: for each plane [rows, kvHeads, capacity, headDim],
 * left-aligned. What lies beyond a row's length is masked, and always finite: the graph multiplies
 * it by an exact 0. Capacities are multiples of SLAB_STEP_TOKENS, so that
 * the softmax kernel's lanes get the same tokens whatever the capacity is.
 */
export class DecodeSlab {
  readonly capacity: number;
  readonly rowCapacity: number;
  private readonly shape: KvShape;
  private readonly planes: Float32Array[] = [];
  private readonly lengths: number[] = [];

  /** Without memory until `moveRows` has given it some. */
  constructor(shape: KvShape, rowCapacity: number, capacity: number) {
    invariant(capacity % SLAB_STEP_TOKENS === 0, `slab capacity ${capacity} is off the step`);
    this.shape = shape;
    this.rowCapacity = rowCapacity;
    this.capacity = capacity;
  }

  get rows(): number {
    return this.lengths.length;
  }

  get planeCount(): number {
    return this.shape.planes;
  }

  /** Tokens that `rowCapacity` rows of `capacity` take of the KV limit. */
  get tokens(): number {
    return this.rowCapacity * this.capacity;
  }

  lengthOf(row: number): number {
    const length = this.lengths[row];
    invariant(length !== undefined, `slab row ${row} of ${this.rows}`);
    return length;
  }

  /** All rows of a plane, [rows, kvHeads, capacity, headDim], as a view. */
  plane(index: number): Float32Array {
    const plane = this.planes[index];
    invariant(plane !== undefined, `KV plane ${index} of ${this.planes.length}`);
    return plane.subarray(0, this.rows * this.rowSize);
  }

  /** Adds a row that holds these chunks, one after the other. */
  addChunks(chunks: readonly KvChunk[]): void {
    const row = this.addRow(chunks.reduce((sum, chunk) => sum + chunk.tokens, 0));
    const { kvHeads, headDim, width } = this.shape;
    this.planes.forEach((plane, index) => {
      let position = row * this.rowSize;
      for (const chunk of chunks) {
        const source = planeOf(chunk, index, this.shape);
        for (let token = 0; token < chunk.tokens; token++, position += headDim) {
          for (let head = 0; head < kvHeads; head++) {
            const from = token * width + head * headDim;
            const to = position + head * this.capacity * headDim;
            for (let i = 0; i < headDim; i++) plane[to + i] = source[from + i]!;
          }
        }
      }
    });
  }

  /**
   * Appends one token to the rows that `takes` says; `kv` [planes, rows, width] is what the
   * decode graph returned.
   */
  append(kv: Float32Array, takes: (row: number) => boolean = () => true): void {
    const { kvHeads, headDim, width } = this.shape;
    invariant(kv.length === this.planes.length * this.rows * width, `${kv.length} floats of KV`);
    const rows = this.lengths.flatMap((_, row) => (takes(row) ? [row] : []));
    this.planes.forEach((plane, index) => {
      for (const row of rows) {
        let from = (index * this.rows + row) * width;
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

  /** The last row takes the removed row's place. */
  removeRow(row: number): void {
    const last = this.rows - 1;
    this.lengthOf(row);
    for (const plane of row === last ? [] : this.planes) {
      plane.copyWithin(row * this.rowSize, last * this.rowSize, (last + 1) * this.rowSize);
    }
    this.lengths[row] = this.lengths[last]!;
    this.lengths.pop();
  }

  /** Gives the memory back at once rather than at the next garbage collection. */
  dispose(): void {
    for (let plane = 0; plane < this.planes.length; plane++) this.releasePlane(plane);
    this.lengths.length = 0;
  }

  /** For `moveRows`: the next plane, with copies of rows of other slabs as its first rows. */
  allocatePlane(sources: readonly RowSource[]): void {
    const index = this.planes.length;
    const plane = new Float32Array(this.rowCapacity * this.rowSize);
    this.planes.push(plane);
    const { kvHeads, headDim } = this.shape;
    sources.forEach(({ slab, row: sourceRow }, row) => {
      const length = slab.lengthOf(sourceRow);
      if (index === 0) this.addRow(length);
      for (let head = 0; head < kvHeads; head++) {
        const from = sourceRow * slab.rowSize + head * slab.capacity * headDim;
        const to = row * this.rowSize + head * this.capacity * headDim;
        plane.set(slab.planes[index]!.subarray(from, from + length * headDim), to);
      }
    });
  }

  /** For `moveRows`: the plane cannot be read any more. */
  releasePlane(index: number): void {
    (this.planes[index]!.buffer as ArrayBuffer).transfer(0);
  }

  private get rowSize(): number {
    return this.capacity * this.shape.width;
  }

  private addRow(length: number): number {
    const row = this.rows;
    invariant(row < this.rowCapacity, `slab of ${this.rowCapacity} rows is full`);
    invariant(length <= this.capacity, `${length} tokens in a slab of ${this.capacity}`);
    this.lengths.push(length);
    return row;
  }
}

/** A row of a slab, to be copied. */
export interface RowSource {
  readonly slab: DecodeSlab;
  readonly row: number;
}

/**
 * Gives new slabs their memory and first rows, and takes the memory of retired ones, plane by plane:
 * old and new are never in memory together but for one plane.
 */
export function moveRows(
  built: readonly { readonly slab: DecodeSlab; readonly sources: readonly RowSource[] }[],
  retired: readonly DecodeSlab[],
): void {
  const planes = built[0]?.slab.planeCount ?? 0;
  for (let plane = 0; plane < planes; plane++) {
    for (const { slab, sources } of built) slab.allocatePlane(sources);
    for (const slab of retired) slab.releasePlane(plane);
  }
}
