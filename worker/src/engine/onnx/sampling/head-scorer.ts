import type { RowTable } from '@helium/model';
import type { HeadRows } from '../graph-runner.ts';
import { RowCache } from '../row-cache.ts';
import type { StreamCoordinates } from '../stream-coordinates.ts';
import { HeadProducts } from './head-products.ts';
import type { PositionScores } from './token-sampler.ts';

/** Computes logits from the final hidden state and the head's own rows, in float64. */
export class HeadScorer {
  private readonly table: RowTable;
  private readonly cache: RowCache;
  private readonly coordinates: StreamCoordinates;
  private products: HeadProducts | undefined;

  /** `head` [vocab, hidden], as the model has it; `coordinates` are those of the graphs. */
  constructor(head: RowTable, coordinates: StreamCoordinates) {
    this.table = head;
    this.cache = new RowCache((id) => head.row(id));
    this.coordinates = coordinates;
  }

  /** [vocab, hidden], made anew each time. */
  get head(): Float32Array {
    return this.table.values();
  }

  /** All logits of a row, the bits that its candidates have. The head is in memory from the first time on. */
  logits(rows: HeadRows, row: number): Float64Array {
    return this.productsWith(this.hiddenOf(rows, row));
  }

  /** One row, as samplers ask for it; candidates in the graph's order. */
  scoresOf(rows: HeadRows, row: number): PositionScores {
    let known: Float32Array | undefined;
    const hidden = () => {
      known ??= this.hiddenOf(rows, row);
      return known;
    };
    let all: Float64Array | undefined;
    return {
      candidates: (count) => {
        const first = row * rows.perRow;
        const ids = rows.ids.subarray(first, first + Math.min(count, rows.perRow));
        return Array.from(ids, (wide) => {
          const id = Number(wide);
          return { id, logit: this.logit(hidden(), id) };
        });
      },
      of: (token) => this.logit(hidden(), token),
      all: () => {
        all ??= this.productsWith(hidden());
        return all;
      },
    };
  }

  /** A row's final hidden state in the model's coordinates: what `head` multiplies. */
  hiddenOf(rows: HeadRows, row: number): Float32Array {
    const { width } = this.table;
    const hidden = rows.hidden.slice(row * width, (row + 1) * width);
    this.coordinates.leave(hidden);
    return hidden;
  }

  private productsWith(hidden: Float32Array): Float64Array {
    this.products ??= new HeadProducts(this.table);
    return this.products.with(hidden);
  }

  private logit(hidden: Float32Array, id: number): number {
    const row = this.cache.row(id);
    let total = 0;
    for (let i = 0; i < row.length; i++) total += hidden[i]! * row[i]!;
    return total;
  }
}
