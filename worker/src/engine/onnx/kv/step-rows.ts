/** How the tokens of a decode step lie: one row's behind each other, the rows in the slab's order. */
export interface StepRows {
  /** Tokens of each row. */
  readonly counts: readonly number[];
  /** The first of each row among all. */
  readonly starts: readonly number[];
  readonly total: number;
  /** The most that a row has. */
  readonly width: number;
}

export function stepRows(counts: readonly number[]): StepRows {
  const starts: number[] = [];
  let [total, width] = [0, 1];
  for (const count of counts) {
    starts.push(total);
    total += count;
    if (count > width) width = count;
  }
  return { counts, starts, total, width };
}

/** One token each. */
export function singleRows(rows: number): StepRows {
  return stepRows(new Array<number>(rows).fill(1));
}
