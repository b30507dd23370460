import type { SequenceBlockHash } from '@helium/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NextUses } from './next-uses.ts';

const [A, B, C] = ['a', 'b', 'c'] as unknown as [
  SequenceBlockHash,
  SequenceBlockHash,
  SequenceBlockHash,
];

const deed = fc.record({
  kind: fc.constantFrom('add', 'add', 'end', 'use', 'hint'),
  hash: fc.constantFrom(A, B),
  order: fc.nat(5),
});

describe('NextUses', () => {
  it('gives the least of the orders that were added and not ended, and of the hint', () => {
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 30 }), (deeds) => {
        const uses = new NextUses(2);
        const added = { [A]: [] as number[], [B]: [] as number[] };
        const hints = { [A]: Number.POSITIVE_INFINITY, [B]: Number.POSITIVE_INFINITY };
        for (const { kind, hash, order } of deeds) {
          if (kind === 'add') {
            uses.add(hash, order);
            added[hash]?.push(order);
          } else if (kind === 'hint') {
            uses.hint(hash, order);
            hints[hash] = order;
          } else {
            uses.end(hash, order, kind === 'use');
            // What was not added, or ended before, is not taken from others.
            const place = added[hash]?.indexOf(order) ?? -1;
            if (place >= 0) added[hash]?.splice(place, 1);
            if (kind === 'use' && (hints[hash] ?? 0) <= order)
              hints[hash] = Number.POSITIVE_INFINITY;
          }
          for (const each of [A, B]) {
            expect(uses.of(each)).toBe(Math.min(...(added[each] ?? []), hints[each] ?? 0));
          }
        }
      }),
    );
  });

  it('keeps the newest hints, and says whose had to go', () => {
    const uses = new NextUses(2);
    expect([uses.hint(A, 1), uses.hint(B, 2), uses.hint(A, 3)]).toEqual(Array(3).fill(undefined));
    expect(uses.hint(C, 4)).toBe(B);
    expect([A, B, C].map((hash) => uses.of(hash))).toEqual([3, Number.POSITIVE_INFINITY, 4]);
  });

  it('takes an infinite hint for none', () => {
    const uses = new NextUses(1);
    uses.hint(A, 1);
    uses.hint(A, Number.POSITIVE_INFINITY);
    expect(uses.of(A)).toBe(Number.POSITIVE_INFINITY);
    expect(uses.hint(B, 1)).toBeUndefined();
  });
});
