import { runId, type WorkerId, workerId } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import type { NodeRef, Place } from './core/core-event.ts';
import { keepRows } from './keep-rows.ts';
import { atOnce } from './portions.ts';

const workers = ['w1', 'w2', 'w3'].map(workerId) as [WorkerId, WorkerId, WorkerId];
/** Ten nodes a row. */
const place = (node: number): Place => ({
  run: runId('r'),
  node,
  prefixes: [],
  outputTokens: 1,
  outputSpread: 1,
  promptTokens: 0,
  group: 0,
});
const places = (...nodes: number[]) => nodes.map(place);
const rowOf = ({ node }: NodeRef) => Math.floor(node / 10);

function kept(
  planned: readonly (readonly Place[])[],
  anchors: Readonly<Record<number, WorkerId>>,
  anchorOf: (call: NodeRef) => WorkerId | undefined = (call) => anchors[rowOf(call)],
) {
  const sequences = planned.map((own, i) => ({ worker: workers[i] as WorkerId, places: own }));
  const rows = { rowOf, anchorOf, loadOf: () => 0, workOf: () => 1 };
  const made = atOnce(keepRows(sequences, rows));
  return made.map((sequence) => sequence.places.map(({ node }) => node));
}

describe('keepRows', () => {
  it('puts calls of rows that have begun back where their rows are, when their turn would have come', () => {
    const planned = [places(10, 20, 30), places(40, 21, 50)] as const;
    expect(kept(planned, { 2: workers[1] })).toEqual([
      [10, 40, 30],
      [20, 21, 50],
    ]);
  });

  it('leaves a row that was spread over workers where it is, and what has no place there with the rest of it', () => {
    const planned = [places(10, 11, 12, 20), places(30, 40)] as const;
    const before = new Map([10, 11, 20, 30, 40].map((node) => [node, workers[0]]));
    before.set(11, workers[1]);
    expect(kept(planned, {}, ({ node }) => before.get(node))).toEqual([[10, 30, 12, 40, 20], [11]]);
  });

  it('leaves a schedule of few rows per worker as it was planned', () => {
    const planned = [places(10, 20), places(21, 11)] as const;
    expect(kept(planned, { 1: workers[1], 2: workers[0] })).toEqual([
      [10, 20],
      [21, 11],
    ]);
  });

  it('loses no call and doubles none, and evens the loads with rows that have not begun', () => {
    const rows = Array.from({ length: 20 }, (_, row) => places(10 * row, 10 * row + 1)).flat();
    const anchors = Object.fromEntries([0, 1, 2, 3, 4, 5].map((row) => [row, workers[0]]));
    const [first = [], second = []] = kept([rows.slice(0, 20), rows.slice(20)], anchors);
    expect([...first, ...second].toSorted((a, b) => a - b)).toEqual(rows.map(({ node }) => node));
    expect(Math.abs(first.length - second.length)).toBeLessThanOrEqual(2);
    const [all = [], none = []] = kept([rows.slice(0, 2), rows.slice(2)], {});
    expect(Math.abs(all.length - none.length)).toBeLessThanOrEqual(2);
  });

  it('evens out those that may move, also where the worker with most has none of them', () => {
    const begun = Array.from({ length: 10 }, (_, row) => place(10 * row));
    const waiting = Array.from({ length: 8 }, (_, row) => place(10 * (10 + row)));
    const anchors = Object.fromEntries(begun.map((call) => [rowOf(call), workers[0]]));
    const made = kept([begun, waiting, []], anchors);
    expect(made.map(({ length }) => length)).toEqual([10, 4, 4]);
  });

  it('leaves loads as they are where no whole row evens them out', () => {
    const planned = [places(10, 20, 30), places(40, 50)];
    expect(kept(planned, {})).toEqual([
      [10, 20, 30],
      [40, 50],
    ]);
  });
});
