import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PastBuffer } from './past-buffer.ts';

const SHAPE = { planes: 2, kvHeads: 1, headDim: 2, width: 2, bytesPerToken: 16 };

/** Tokens whose numbers all differ from those of other calls. */
function partOf(tokens: number, first: number) {
  const size = SHAPE.planes * tokens * SHAPE.width;
  return { tokens, data: Float32Array.from({ length: size }, (_, i) => first + i) };
}

describe('PastBuffer', () => {
  it('holds what was appended behind what was kept, however it grew and shrank', () => {
    const change = fc.record({
      kept: fc.double({ min: 0, max: 1, noNaN: true }),
      added: fc.nat(60),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
        const past = new PastBuffer(SHAPE);
        let planes: number[][] = [[], []];
        let first = 0;
        for (const { kept, added } of changes) {
          const keep = Math.floor(kept * past.tokens);
          past.truncate(keep);
          const part = partOf(added, first);
          first += part.data.length;
          past.append(part);
          const size = added * SHAPE.width;
          planes = planes.map((plane, index) => [
            ...plane.slice(0, keep * SHAPE.width),
            ...part.data.slice(index * size, (index + 1) * size),
          ]);
          planes.forEach((plane, index) => {
            expect([...past.plane(index)]).toEqual(plane);
          });
        }
      }),
    );
  });

  it('takes a quarter more than it holds at most when it grew, and gives back what a long prompt took', () => {
    const past = new PastBuffer(SHAPE);
    for (let i = 0; i < 50; i++) past.append(partOf(96, i));
    const room = () => past.plane(0).buffer.byteLength / (SHAPE.width * 4);
    expect(room()).toBeLessThanOrEqual(past.tokens * 1.25 + 1);
    past.truncate(0);
    past.append(partOf(96, 0));
    expect(room()).toBe(120);
  });
});
