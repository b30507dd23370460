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
        const { order, cycles, moreCycles } = orderByDependency(ids, (id) => edges[id]!);
        expect(moreCycles).toBe(0);
        expect(new Set(cycles.map((cycle) => [...new Set(cycle)].sort().join())).size).toBe(
          cycles.length,
        );
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

  it('counts what is beyond a hundred cycles, however many things each goes through', () => {
    const ids = Array.from({ length: 20_000 }, (_, i) => i);
    const dependencies = (id: number) => (id < 19_999 ? [id + 1] : ids.toReversed());
    const { cycles, moreCycles } = orderByDependency(ids, dependencies);
    expect([cycles.length, moreCycles, cycles[0], cycles[1]]).toEqual([
      100,
      19_900,
      [19_999, 19_999],
      [19_998, 19_999, 19_998],
    ]);
  });

  it('takes chains far longer than the call stack', () => {
    const ids = Array.from({ length: 100_000 }, (_, i) => i);
    const { order } = orderByDependency(ids, (id) => (id < 99_999 ? [id + 1] : []));
    expect(order[0]).toBe(99_999);
  });
});
