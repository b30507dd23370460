/** Tokens a row at most: where a guess has been right so often, one more hardly pays. */
export const WIDTH_MAX = 8;

/** Rows of a step with drafts at most: of more, costs were not measured. */
const ROWS_MAX = 32;

/**
 * What a row adds to a decode step, a step's fixed part being 1, by the width of matrix kernels. SmolLM2-135M on two
 * threads: 12 ms and 1 ms a row with 512 bits, 12.5 and 2.6 with 256. Only what is computed depends on it, never what
 * comes out.
 */
export const ROW_COST = { wide: 0.09, narrow: 0.2 } as const;

/** A sequence's guess: how many tokens, and the chance of each to be right where those before it are. */
export interface Draft {
  readonly tokens: number;
  readonly hitRate: number;
}

/**
 * Tokens that each of `rows` rows gets in a step, so that it yields the most for its time; a draft for each row that has
 * one, `rowCost` of ROW_COST. 1: no drafts.
 */
export function chooseWidth(
  rows: number,
  drafts: readonly Draft[],
  widthMax: number,
  rowCost: number,
): number {
  const longest = drafts.reduce((most, { tokens }) => Math.max(most, tokens), 0);
  const most = Math.min(WIDTH_MAX, widthMax, longest + 1, Math.floor(ROWS_MAX / rows));
  let best = { width: 1, yield: 0 };
  for (let width = 1; width <= most; width++) {
    const yielded = expectedTokens(rows, drafts, width) / (1 + rowCost * rows * width);
    if (yielded > best.yield) best = { width, yield: yielded };
  }
  return best.width;
}

/** One a row, and what its draft adds. */
function expectedTokens(rows: number, drafts: readonly Draft[], width: number): number {
  return drafts.reduce((sum, { tokens, hitRate }) => {
    const tried = Math.min(tokens, width - 1);
    for (let i = 1; i <= tried; i++) sum += hitRate ** i;
    return sum;
  }, rows);
}
