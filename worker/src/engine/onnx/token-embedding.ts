import type { RowTable } from '@helium/model';
import { invariant } from '@helium/shared';
import { RowCache } from './row-cache.ts';
import type { StreamCoordinates } from './stream-coordinates.ts';

/** The model's embedding rows, looked up outside the graphs: that saves them a table of all. */
export class TokenEmbedding {
  private readonly table: RowTable;
  /** As the graphs take them. */
  private readonly cache: RowCache;

  /** `table` [vocab, hidden], as the model has it; `coordinates` are those of the graphs. */
  constructor(table: RowTable, coordinates: StreamCoordinates) {
    this.table = table;
    this.cache = new RowCache((token) => {
      const row = table.row(token).slice();
      coordinates.enter(row);
      return row;
    });
  }

  /** [tokens, hidden], as the graphs take them. */
  rows(tokens: Int32Array): Float32Array {
    const { rows: vocab, width } = this.table;
    const rows = new Float32Array(tokens.length * width);
    tokens.forEach((token, index) => {
      invariant(token >= 0 && token < vocab, `token ${token} of a vocabulary of ${vocab}`);
      rows.set(this.cache.row(token), index * width);
    });
    return rows;
  }
}
