import { describe, expect, it } from 'vitest';
import { CallTable } from './call-table.ts';
import { NONE } from './row-table.ts';

describe('CallTable', () => {
  it('forgets what only calls that have left waited for, so that it does not grow', () => {
    const table = new CallTable();
    for (let turn = 0; turn < 100; turn++) {
      const row = table.intern(turn);
      table.enter(row, 1);
      for (const needed of [1000 + turn, 2000 + turn])
        table.addDependency(row, table.intern(needed));
      expect(table.dependenciesBesides(row).sort()).toEqual([1000 + turn, 2000 + turn]);
      table.leave(row);
      expect([turn, 1000 + turn, 2000 + turn].map((key) => table.find(key))).toEqual([
        NONE,
        NONE,
        NONE,
      ]);
    }
    expect(table.end).toBe(3);
  });

  it('keeps a call that another still waits for', () => {
    const table = new CallTable();
    const [first, second] = [table.intern(1), table.intern(2)];
    for (const row of [first, second]) {
      table.enter(row, 1);
      table.addDependency(row, table.intern(9));
    }
    table.leave(first);
    expect(table.dependenciesBesides(second)).toEqual([9]);
    table.leave(second);
    expect(table.find(9)).toBe(NONE);
  });
});
