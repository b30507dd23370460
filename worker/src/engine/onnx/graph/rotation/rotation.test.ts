import { createPrng } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { Rotation } from './rotation.ts';

function random(count: number): Float32Array {
  const next = createPrng(count);
  return Float32Array.from({ length: count }, () => next() - 0.5);
}

function expectClose(actual: Float32Array, expected: ArrayLike<number>): void {
  actual.forEach((value, i) => {
    expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-6);
  });
}

describe.each([1, 3, 7, 16, 36, 80])('Rotation of order %i', (order) => {
  it('keeps lengths and angles', () => {
    const q = new Rotation(order).matrix();
    const products = Float64Array.from({ length: order * order }, (_, i) => {
      let sum = 0;
      for (let k = 0; k < order; k++) {
        sum += q[Math.floor(i / order) * order + k]! * q[(i % order) * order + k]!;
      }
      return sum;
    });
    products.forEach((product, i) => {
      expect(product).toBeCloseTo(i % (order + 1) === 0 ? 1 : 0, 5);
    });
  });

  it('leaves no axis a large share of any other', () => {
    const largest = new Rotation(order)
      .matrix()
      .reduce((max, value) => Math.max(max, Math.abs(value)), 0);
    expect(largest).toBeLessThanOrEqual(Math.sqrt(2 / order) + 1e-6);
  });

  it('is undone by restore', () => {
    const rows = random(3 * order);
    const there = rows.slice();
    new Rotation(order).rotate(there);
    if (order > 1) expect(there).not.toEqual(rows);
    new Rotation(order).restore(there);
    expectClose(there, rows);
  });

  it('turns the outputs of weights as it turns their products', () => {
    const width = 5;
    const blocks = 2;
    const weights = random(blocks * order * width);
    const turned = weights.slice();
    new Rotation(order).rotateOutputs(turned, width);
    const input = random(width);
    const apply = (matrix: Float32Array) =>
      Float32Array.from({ length: blocks * order }, (_, row) =>
        input.reduce((sum, value, i) => sum + value * matrix[row * width + i]!, 0),
      );
    const expected = apply(weights);
    new Rotation(order).rotate(expected);
    expectClose(apply(turned), expected);
  });
});

describe.each([2, 5, 32, 64, 72, 576])('Rotation of order %i in bulk', (order) => {
  const rows = Math.ceil(2 ** 16 / order) + 5;

  it('gives every row the bits it has alone', () => {
    const rotation = new Rotation(order);
    const together = random(rows * order);
    const alone = together.slice();
    rotation.rotate(together);
    for (let row = 0; row < rows; row++) {
      rotation.rotate(alone.subarray(row * order, (row + 1) * order));
    }
    expect(Buffer.compare(bytes(together), bytes(alone))).toBe(0);
  });

  it.each([1, 7, 150])('gives every output of width %i the bits it has alone', (width) => {
    const rotation = new Rotation(order);
    const blocks = Math.ceil(2 ** 16 / (order * width));
    const together = random(blocks * order * width);
    const expected = together.slice();
    rotation.rotateOutputs(together, width);
    for (let block = 0; block < expected.length; block += order * width) {
      for (let column = block; column < block + width; column++) {
        const alone = Float32Array.from({ length: order }, (_, i) => expected[column + i * width]!);
        rotation.rotateOutputs(alone, 1);
        for (let i = 0; i < order; i++) expected[column + i * width] = alone[i]!;
      }
    }
    expect(Buffer.compare(bytes(together), bytes(expected))).toBe(0);
  });
});

function bytes({ buffer }: Float32Array): Buffer {
  return Buffer.from(buffer);
}
