import { tableOf } from '@helium/model';
import { createPrng } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { HeadProducts } from './head-products.ts';

const random = createPrng(7n);
const values = (count: number, size: number) =>
  Float32Array.from({ length: count }, () => (random() - 0.5) * size);

/** The sums as JavaScript makes them one by one. */
function naiveProducts(head: Float32Array, state: Float32Array): Float64Array {
  const products = new Float64Array(head.length / state.length);
  for (let row = 0; row < products.length; row++) {
    let total = 0;
    for (let i = 0; i < state.length; i++) total += state[i]! * head[row * state.length + i]!;
    products[row] = total;
  }
  return products;
}

describe('HeadProducts', () => {
  it.each([
    [1, 1],
    [7, 3],
    [8, 16],
    [9, 5],
    [333, 576],
  ])('gives the bits of one sum after the other: %i rows of %i', (rows, width) => {
    const head = values(rows * width, 0.3);
    const products = new HeadProducts(tableOf(head, width));
    for (const size of [1, 1e20, 1e-30]) {
      const state = values(width, size);
      expect(products.with(state)).toEqual(naiveProducts(head, state));
    }
  });

  it('gives the same where the head is cut into parts', () => {
    const [rows, width] = [75, 12];
    const head = values(rows * width, 2);
    const state = values(width, 3);
    const groupBytes = 8 * width * 4;
    for (const bytes of [1, 2 * groupBytes, 3 * groupBytes + 5]) {
      const products = new HeadProducts(tableOf(head, width), bytes);
      expect(products.with(state)).toEqual(naiveProducts(head, state));
    }
  });

  it('lets what is not a number through', () => {
    const head = values(10 * 4, 1);
    const products = new HeadProducts(tableOf(head, 4));
    const bad = products.with(Float32Array.of(1, Number.NaN, 2, 3));
    expect(bad.every(Number.isNaN)).toBe(true);
    const state = Float32Array.of(1, Number.POSITIVE_INFINITY, 2, 3);
    expect(products.with(state)).toEqual(naiveProducts(head, state));
  });
});
