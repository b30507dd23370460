import { runId } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { firstRows } from './place-calls.ts';

const run = runId('r');
/** Three calls of each row, operator by operator. */
const calls = Array.from({ length: 12 }, (_, node) => ({ run, node }));
const rowOf = ({ node }: { readonly node: number }) => node % 4;
const nodes = (callsMax: number) => firstRows(calls, rowOf, callsMax, 3).map(({ node }) => node);

describe('the first rows of new calls', () => {
  it('are whole, in the order of the calls, and as many as were wanted at least', () => {
    expect(nodes(1)).toEqual([0, 4, 8]);
    expect(nodes(3)).toEqual([0, 4, 8]);
    expect(nodes(4)).toEqual([0, 1, 4, 5, 8, 9]);
  });

  it('are all where there are no more', () => {
    expect(nodes(12)).toHaveLength(12);
    expect(nodes(11)).toHaveLength(12);
  });

  it('are taken apart where they are too long', () => {
    const found = (callsMax: number, rowMax: number) =>
      firstRows(calls, rowOf, callsMax, rowMax).map(({ node }) => node);
    expect(found(1, 2)).toEqual([0]);
    expect(found(2, 2)).toEqual([0, 4]);
    expect(firstRows(calls, () => 0, 5, 10)).toEqual(calls.slice(0, 5));
    expect(firstRows(calls, () => 0, 5, 12)).toEqual(calls);
  });
});
