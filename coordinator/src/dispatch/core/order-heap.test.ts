import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { OrderHeap } from './order-heap.ts';

it('OrderHeap gives items by ascending order', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(100)), (orders) => {
      const heap = new OrderHeap<number>();
      for (const order of orders) heap.push(order, -order);
      expect(heap.peek()?.order).toBe(orders.length === 0 ? undefined : Math.min(...orders));
      const popped = orders.map(() => heap.pop());
      expect(popped.map((entry) => entry?.order)).toEqual(orders.toSorted((a, b) => a - b));
      expect(popped.every((entry) => entry?.item === -(entry?.order ?? 1))).toBe(true);
      expect([heap.size, heap.pop()]).toEqual([0, undefined]);
    }),
  );
});

it('OrderHeap gives items of equal order as they were pushed', () => {
  const heap = new OrderHeap<string>();
  for (const item of ['b', 'a', 'c']) heap.push(1, item);
  expect(heap.pop()?.item).toBe('b');
  heap.push(1, 'd');
  heap.push(0, 'e');
  expect([1, 2, 3, 4].map(() => heap.pop()?.item)).toEqual(['e', 'a', 'c', 'd']);
});
