import { invariant } from '@helium/shared';

/** The model's embedding rows, looked up outside the graphs: that saves them a table of 113 MB. */
export class TokenEmbedding {
  private readonly table: Float32Array;
  private readonly hidden: number;

  /** `table` [vocab, hidden]. */
  constructor(table: Float32Array, hidden: number) {
    this.table = table;
    this.hidden = hidden;
  }

  /** [tokens, hidden]. */
  rows(tokens: Int32Array): Float32Array {
    const { hidden, table } = this;
    const vocab = table.length / hidden;
    const rows = new Float32Array(tokens.length * hidden);
    tokens.forEach((token, row) => {
      invariant(token >= 0 && token < vocab, `token ${token} of a vocabulary of ${vocab}`);
      rows.set(table.subarray(token * hidden, (token + 1) * hidden), row * hidden);
    });
    return rows;
  }
}
