import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PartitionTable } from './partition.ts';

const value = fc.constantFrom('', 'a', 'b', 'ab');
const rows = fc.array(fc.record({ x: value, y: value, z: value }), { minLength: 1, maxLength: 8 });
const fields = fc.array(fc.constantFrom('x', 'y', 'z'), { maxLength: 4 });

describe('PartitionTable', () => {
  it('puts together exactly the rows that agree on every field looked at', () => {
    fc.assert(
      fc.property(rows, fields, (batch, looked) => {
        const table = new PartitionTable(batch);
        const partition = looked.reduce(
          (found, field) => table.refine(found, table.byField(field)),
          table.whole,
        );
        const classes = new Map<string, number[]>();
        for (const [i, row] of batch.entries()) {
          const key = JSON.stringify(looked.map((field) => row[field as 'x']));
          classes.set(key, [...(classes.get(key) ?? []), i]);
        }
        expect(partition.rowsOf).toEqual([...classes.values()]);
        for (const [number, members] of partition.rowsOf.entries()) {
          for (const row of members) expect(partition.classOf[row]).toBe(number);
        }
      }),
    );
  });

  it('gives the partition it made before, and one of two when that is fine enough', () => {
    const batch = [
      { x: '1', y: '1', z: '1' },
      { x: '1', y: '2', z: '1' },
      { x: '2', y: '2', z: '2' },
    ];
    const table = new PartitionTable(batch);
    const [x, y, z] = [table.byField('x'), table.byField('y'), table.byField('z')];
    const both = table.refine(x, y);
    expect(table.refine(y, x)).toBe(both);
    expect(table.refine(both, x)).toBe(both);
    expect(table.refine(x, z)).toBe(x);
    expect(table.refine(table.whole, y)).toBe(y);
    expect(table.discrete.rowsOf).toEqual([[0], [1], [2]]);
  });
});
