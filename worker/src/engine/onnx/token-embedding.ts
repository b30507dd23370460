import { invariant } from '@helium/shared';
import type { StreamCoordinates } from './stream-coordinates.ts';

/** The model's embedding rows, looked up outside the graphs: that saves them a table of 113 MB. */
export class TokenEmbedding {
  private readonly table: Float32Array;
  private readonly hidden: number;
  private readonly coordinates: StreamCoordinates;

  /** `table` [vocab, hidden], as the model has it; `coordinates` are those of the graphs. */
  constructor(table: Float32Array, hidden: number, coordinates: StreamCoordinates) {
    this.table = table;
    this.hidden = hidden;
    this.coordinates = coordinates;
  }

  /** [tokens, hidden], as the graphs take them. */
  rows(tokens: Int32Array): Float32Array {
    const { hidden, table } = this;
    const vocab = table.length / hidden;
    const rows = new Float32Array(tokens.length * hidden);
    tokens.forEach((token, row) => {
      invariant(token >= 0 && token < vocab, `token ${token} of a vocabulary of ${vocab}`);
      rows.set(table.subarray(token * hidden, (token + 1) * hidden), row * hidden);
    });
    this.coordinates.enter(rows);
    return rows;
  }
}
