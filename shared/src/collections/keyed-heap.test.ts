import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyedHeap } from './keyed-heap.ts';

describe('KeyedHeap', () => {
  it('gives values by key, then by value, whatever was pushed between two pops', () => {
    const step = fc.option(fc.tuple(fc.integer({ min: -5, max: 5 }), fc.nat(5)), { freq: 3 });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const heap = new KeyedHeap();
        const left: (readonly [number, number])[] = [];
        for (const pushed of steps) {
          if (pushed !== null) {
            heap.push(...pushed);
            left.push(pushed);
            left.sort(([keyA, a], [keyB, b]) => keyA - keyB || a - b);
          } else {
            expect(heap.pop()).toBe(left.shift()?.[1]);
          }
          expect([heap.size, heap.peekKey(), heap.peek()]).toEqual([left.length, ...top(left)]);
        }
      }),
    );
  });
});

function top(left: readonly (readonly [number, number])[]) {
  return left[0] ?? [undefined, undefined];
}
