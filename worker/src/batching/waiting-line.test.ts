import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Waiting, WaitingLine } from './waiting-line.ts';

describe('WaitingLine', () => {
  it('goes by order, then arrival, whatever was added and taken out', () => {
    const step = fc.record({ order: fc.nat({ max: 4 }), takeOut: fc.option(fc.nat()) });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const line = new WaitingLine<Waiting>();
        let naive: Waiting[] = [];
        for (const [arrival, { order, takeOut }] of steps.entries()) {
          const item = { order, arrival };
          line.add(item);
          naive.push(item);
          if (takeOut === null) continue;
          const gone = naive[takeOut % naive.length]!;
          line.delete(gone);
          line.delete(gone);
          naive = naive.filter((other) => other !== gone);
        }
        naive.sort((a, b) => a.order - b.order || a.arrival - b.arrival);
        expect([...line]).toEqual(naive);
        expect(line.size).toBe(naive.length);
      }),
    );
  });
});
