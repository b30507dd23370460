import type { RowTable } from '@helium/model';
import { type Kernel, type KernelMemory, kernelMemory } from '../wasm/kernel.ts';
import { headKernel, ROW_GROUP } from './head-kernel.ts';

/** Bytes of a part of the head: memories that WebAssembly addresses end at 4 GiB. */
const PART_BYTES = 2 ** 30;

/** All rows of a head in memory, for products with all of them at once. */
export class HeadProducts {
  private readonly parts: readonly Part[];
  private readonly rows: number;

  /** Reads all of `head` [vocab, hidden]. `partBytes`: of a part at most. */
  constructor(head: RowTable, partBytes = PART_BYTES) {
    const groupBytes = ROW_GROUP * head.width * Float32Array.BYTES_PER_ELEMENT;
    const partRows = Math.max(1, Math.floor(partBytes / groupBytes)) * ROW_GROUP;
    const count = Math.ceil(head.rows / partRows);
    this.rows = head.rows;
    this.parts = Array.from(
      { length: count },
      (_, part) => new Part(head, part * partRows, partRows),
    );
  }

  /** Every row times `state` [hidden], in float64, each sum in its row's order. */
  with(state: Float32Array): Float64Array {
    const products = new Float64Array(this.rows);
    for (const part of this.parts) part.multiply(state, products);
    return products;
  }
}

/** Some rows, where the kernel finds them: behind the vector and what comes out. */
class Part {
  private readonly memory: KernelMemory;
  private readonly kernel: Kernel;
  private readonly first: number;
  private readonly rows: number;
  private readonly width: number;

  constructor(head: RowTable, first: number, rowsMax: number) {
    this.first = first;
    this.rows = Math.min(rowsMax, head.rows - first);
    this.width = head.width;
    const bytes = this.headAt + this.groups * ROW_GROUP * head.width * 4;
    this.memory = kernelMemory(bytes);
    this.kernel = headKernel(this.memory);
    this.fill(head);
  }

  /** Writes the part's stretch of `products`. */
  multiply(state: Float32Array, products: Float64Array): void {
    const { buffer } = this.memory;
    new Float64Array(buffer, 0, this.width).set(state);
    this.kernel(this.headAt, 0, this.outAt, this.groups, this.width);
    products.set(new Float64Array(buffer, this.outAt, this.rows), this.first);
  }

  private fill(head: RowTable): void {
    const values = new Float32Array(this.memory.buffer, this.headAt);
    for (let row = 0; row < this.rows; row++) {
      const from = head.row(this.first + row);
      const lane = row % ROW_GROUP;
      const at = (row - lane) * this.width + lane;
      for (let i = 0; i < from.length; i++) values[at + i * ROW_GROUP] = from[i]!;
    }
  }

  private get groups(): number {
    return Math.ceil(this.rows / ROW_GROUP);
  }

  private get outAt(): number {
    return Math.ceil((this.width * Float64Array.BYTES_PER_ELEMENT) / 16) * 16;
  }

  private get headAt(): number {
    return this.outAt + this.groups * ROW_GROUP * Float64Array.BYTES_PER_ELEMENT;
  }
}
