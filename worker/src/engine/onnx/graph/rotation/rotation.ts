import { createPrng } from '@helium/shared';
import { BulkRotation } from './bulk-rotation.ts';
import { SpreadingTransform } from './spreading-transform.ts';

/** Floats from which on a kernel is worth being compiled for them. */
const BULK_MIN = 2 ** 16;

/**
 * An orthogonal matrix Q of any order that spreads every axis over all: diag(±1) · (Hartley ⊗ Hadamard), the
 * Hadamard part as large as the order's power of two. Depends on the order alone. Applying it to a
 * vector costs order × (log₂ of that power + the odd factor) operations.
 *
 * Turned by it, a vector's coordinates are alike in size, so that one rounding step suits all of them
 * (QuaRot, arXiv 2404.00456).
 */
export class Rotation {
  private readonly order: number;
  private readonly signs: Float64Array;
  private readonly transform: SpreadingTransform;
  /** Where one vector is worked on. */
  private readonly vector: Float64Array;
  private bulk: BulkRotation | undefined;

  constructor(order: number) {
    this.order = order;
    this.signs = randomSigns(order);
    this.vector = new Float64Array(order);
    this.transform = new SpreadingTransform(order);
  }

  /** Q, [order, order]. */
  matrix(): Float32Array {
    const { order } = this;
    const rows = new Float32Array(order * order);
    for (let i = 0; i < order; i++) rows[i * order + i] = 1;
    this.rotate(rows);
    return rows;
  }

  /** Every row x of `rows` [count, order] becomes x Q. In place. */
  rotate(rows: Float32Array): void {
    if (rows.length >= BULK_MIN) {
      this.inBulk().rotate(rows);
      return;
    }
    const { order, signs, transform, vector } = this;
    for (let start = 0; start < rows.length; start += order) {
      for (let i = 0; i < order; i++) vector[i] = rows[start + i]! * signs[i]!;
      transform.apply(vector);
      for (let i = 0; i < order; i++) rows[start + i] = vector[i]!;
    }
  }

  /** Every row x of `rows` [count, order] becomes x Qᵀ: what it was before `rotate`. In place. */
  restore(rows: Float32Array): void {
    const { order, signs, transform, vector } = this;
    for (let start = 0; start < rows.length; start += order) {
      for (let i = 0; i < order; i++) vector[i] = rows[start + i]!;
      transform.apply(vector);
      for (let i = 0; i < order; i++) rows[start + i] = vector[i]! * signs[i]!;
    }
  }

  /** Every block W of `weights` [count, order, width] becomes Qᵀ W: its outputs are turned. In place. */
  rotateOutputs(weights: Float32Array, width: number): void {
    if (weights.length >= BULK_MIN) {
      this.inBulk().rotateOutputs(weights, width);
      return;
    }
    const { order, signs, transform, vector } = this;
    for (let block = 0; block < weights.length; block += order * width) {
      for (let start = block; start < block + width; start++) {
        for (let i = 0; i < order; i++) vector[i] = weights[start + i * width]! * signs[i]!;
        transform.apply(vector);
        for (let i = 0; i < order; i++) weights[start + i * width] = vector[i]!;
      }
    }
  }

  private inBulk(): BulkRotation {
    this.bulk ??= new BulkRotation(this.signs, this.transform.tables);
    return this.bulk;
  }
}

function randomSigns(count: number): Float64Array {
  const random = createPrng(count);
  return Float64Array.from({ length: count }, () => (random() < 0.5 ? -1 : 1));
}
