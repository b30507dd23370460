import type { RowTable } from '@helium/model';
import type { HeadRows } from '../graph-runner.ts';
import { RowCache } from '../row-cache.ts';
import type { StreamCoordinates } from '../stream-coordinates.ts';
import type { ScoredToken } from './token-choice.ts';
import type { PositionScores } from './token-sampler.ts';

/** Computes logits from the final hidden state and the head's own rows, in float64. */
export class HeadScorer {
  private readonly table: RowTable;
  private readonly cache: RowCache;
  private readonly coordinates: StreamCoordinates;
  private all: Float32Array | undefined;

  /** `head` [vocab, hidden], as the model has it; `coordinates` are those of the graphs. */
  constructor(head: RowTable, coordinates: StreamCoordinates) {
    this.table = head;
    this.cache = new RowCache((id) => head.row(id));
    this.coordinates = coordinates;
  }

  /** [vocab, hidden]; in memory from its first use on. */
  get head(): Float32Array {
    this.all ??= this.table.values();
    return this.all;
  }

  /** The first `count` candidates of a row with their exact logits, in the graph's order. */
  candidates(rows: HeadRows, row: number, count: number): ScoredToken[] {
    const first = row * rows.perRow;
    const ids = rows.ids.subarray(first, first + Math.min(count, rows.perRow));
    const hidden = this.hiddenOf(rows, row);
    return Array.from(ids, (wide) => {
      const id = Number(wide);
      return { id, logit: this.logit(hidden, id) };
    });
  }

  /** All logits of a row, the bits that `candidates` gives: some 20 ms for 49k tokens of 576. */
  logits(rows: HeadRows, row: number): Float64Array {
    const { head } = this;
    const hidden = this.table.width;
    const state = this.hiddenOf(rows, row);
    const logits = new Float64Array(this.table.rows);
    const whole = logits.length - (logits.length % 4);
    // Four sums at a time: each in its own order, so that its bits are those of one alone.
    for (let id = 0; id < whole; id += 4) {
      const at = id * hidden;
      let [a, b, c, d] = [0, 0, 0, 0];
      for (let i = 0; i < hidden; i++) {
        const value = state[i]!;
        a += value * head[at + i]!;
        b += value * head[at + hidden + i]!;
        c += value * head[at + 2 * hidden + i]!;
        d += value * head[at + 3 * hidden + i]!;
      }
      logits.set([a, b, c, d], id);
    }
    for (let id = whole; id < logits.length; id++) {
      logits[id] = this.logit(state, id);
    }
    return logits;
  }

  /** One row, as samplers ask for it. */
  scoresOf(rows: HeadRows, row: number): PositionScores {
    let all: Float64Array | undefined;
    return {
      candidates: (count) => this.candidates(rows, row, count),
      of: (token) => this.logit(this.hiddenOf(rows, row), token),
      all: () => {
        all ??= this.logits(rows, row);
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

  private logit(hidden: Float32Array, id: number): number {
    const row = this.cache.row(id);
    let total = 0;
    for (let i = 0; i < row.length; i++) total += hidden[i]! * row[i]!;
    return total;
  }
}
