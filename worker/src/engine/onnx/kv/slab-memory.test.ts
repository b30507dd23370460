import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KvShape } from './kv-chunk.ts';
import { SlabMemory } from './slab-memory.ts';

const SHAPE: KvShape = { planes: 2, kvHeads: 1, headDim: 2, width: 2, bytesPerToken: 16 };

describe('SlabMemory', () => {
  it('never gives a token to two, and gives the lowest stretch that is free', () => {
    const action = fc.oneof(
      fc.record({ kind: fc.constant('take' as const), tokens: fc.integer({ min: 1, max: 9 }) }),
      fc.record({ kind: fc.constant('free' as const), index: fc.nat() }),
      fc.record({ kind: fc.constant('reserve' as const), tokens: fc.nat(60) }),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const memory = new SlabMemory(SHAPE);
        let capacity = 0;
        const taken: { at: number; tokens: number }[] = [];
        const isFree = (at: number, tokens: number) =>
          at + tokens <= capacity &&
          taken.every((other) => other.at + other.tokens <= at || at + tokens <= other.at);
        for (const step of actions) {
          if (step.kind === 'reserve') {
            memory.reserve(step.tokens);
            capacity = Math.max(capacity, step.tokens);
          } else if (step.kind === 'free') {
            if (taken.length === 0) continue;
            const [gone] = taken.splice(step.index % taken.length, 1);
            memory.free(gone!.at);
          } else {
            const lowest = Array.from({ length: capacity }, (_, at) => at).find((at) =>
              isFree(at, step.tokens),
            );
            expect(memory.take(step.tokens)).toBe(lowest);
            if (lowest !== undefined) taken.push({ at: lowest, tokens: step.tokens });
          }
          expect(memory.plane(1).length).toBe(capacity * SHAPE.width);
        }
      }),
    );
  });

  it('gives back what is more than was asked for, once nothing is taken', () => {
    const memory = new SlabMemory(SHAPE);
    memory.reserve(9);
    const at = memory.take(3)!;
    memory.trim(5);
    expect(memory.plane(0).length).toBe(9 * SHAPE.width);
    memory.free(at);
    memory.trim(9);
    expect(memory.plane(0).length).toBe(9 * SHAPE.width);
    memory.trim(5);
    expect(memory.plane(0).length).toBe(0);
  });

  it('keeps what is in taken stretches when it grows', () => {
    const memory = new SlabMemory(SHAPE);
    memory.reserve(4);
    memory.take(1);
    const at = memory.take(2)!;
    memory.free(0);
    memory.plane(1).set([1, 2, 3, 4], at * SHAPE.width);
    memory.reserve(10);
    expect([...memory.plane(1).subarray(2, 6)]).toEqual([1, 2, 3, 4]);
  });
});
