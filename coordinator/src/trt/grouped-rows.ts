import { NONE } from './row-table.ts';

/**
 * Rows of a table by what they belong to, as lists: children by parent, calls by node. Made when somebody wants
 * to walk the tree, since a tree that only grows and shrinks needs no lists. O(rows · log of the longest list).
 */
export class GroupedRows {
  readonly #rows: Int32Array;
  /** The rows of a group lie in #rows from its offset to the next one's. */
  readonly #offsets: Int32Array;

  /** `groupOf` gives a number below `groups`, or NONE; `compare` orders the rows of a group. */
  constructor(
    rows: number,
    groups: number,
    groupOf: (row: number) => number,
    compare: (a: number, b: number) => number,
  ) {
    const offsets = new Int32Array(groups + 1);
    for (let row = 0; row < rows; row++) {
      const group = groupOf(row);
      if (group !== NONE) offsets[group + 1]! += 1;
    }
    for (let group = 0; group < groups; group++) offsets[group + 1]! += offsets[group]!;
    this.#offsets = offsets;
    this.#rows = new Int32Array(offsets[groups]!);
    const filled = offsets.slice(0, groups);
    for (let row = 0; row < rows; row++) {
      const group = groupOf(row);
      if (group !== NONE) this.#rows[filled[group]!++] = row;
    }
    for (let group = 0; group < groups; group++) this.of(group).sort(compare);
  }

  /** A view. */
  of(group: number): Int32Array {
    return this.#rows.subarray(this.#offsets[group]!, this.#offsets[group + 1]!);
  }
}
