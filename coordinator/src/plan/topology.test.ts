import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderByDependency } from './topology.ts';

/** Dependencies on any thing, cycles included. */
const graph = fc
  .integer({ min: 1, max: 8 })
  .chain((size) =>
    fc.array(fc.array(fc.nat(size - 1), { maxLength: 3 }), { minLength: size, maxLength: size }),
  );

function reaches(edges: readonly (readonly number[])[], from: number, to: number): boolean {
  const seen = new Set<number>();
  const stack = [...edges[from]!];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    if (at === to) return true;
    if (!seen.has(at)) stack.push(...edges[at]!);
    seen.add(at);
  }
  return false;
}

describe('orderByDependency', () => {
  it('puts each thing after what it depends on, or names true cycles when there are any', () => {
    fc.assert(
      fc.property(graph, (edges) => {
        const ids = edges.map((_, i) => i);
        const { order, cycles } = orderByDependency(ids, (id) => edges[id]!);
        expect([...order].sort()).toEqual(ids);
        expect(cycles.length > 0).toBe(ids.some((id) => reaches(edges, id, id)));
        for (const cycle of cycles) {
          expect(cycle[0]).toBe(cycle.at(-1));
          for (const [i, id] of cycle.slice(0, -1).entries())
            expect(edges[id]).toContain(cycle[i + 1]);
        }
        if (cycles.length > 0) return;
        for (const id of ids) {
          for (const dependency of edges[id]!) {
            expect(order.indexOf(dependency)).toBeLessThan(order.indexOf(id));
          }
        }
      }),
    );
  });

  it('keeps an order that already is topological', () => {
    fc.assert(
      fc.property(graph, (edges) => {
        const ids = edges.map((_, i) => i);
        const { order } = orderByDependency(ids, (id) => edges[id]!.filter((d) => d < id));
        expect(order).toEqual(ids);
      }),
    );
  });

  it('takes chains far longer than the call stack', () => {
    const ids = Array.from({ length: 100_000 }, (_, i) => i);
    const { order } = orderByDependency(ids, (id) => (id < 99_999 ? [id + 1] : []));
    expect(order[0]).toBe(99_999);
  });
});
