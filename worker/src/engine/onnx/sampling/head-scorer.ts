import type { HeadRows } from '../graph-runner.ts';
import type { ScoredToken } from './token-choice.ts';

/** Computes logits from the final hidden state and the head's own rows, in float64. */
export class HeadScorer {
  private readonly head: Float32Array;
  private readonly hidden: number;

  /** `head` [vocab, hidden]. */
  constructor(head: Float32Array, hidden: number) {
    this.head = head;
    this.hidden = hidden;
  }

  /** The first `count` candidates of a row with their exact logits, in the graph's order. */
  candidates(rows: HeadRows, row: number, count: number): ScoredToken[] {
    const first = row * rows.perRow;
    const ids = rows.ids.subarray(first, first + Math.min(count, rows.perRow));
    return Array.from(ids, (wide) => {
      const id = Number(wide);
      return { id, logit: this.logit(rows.hidden, row, id) };
    });
  }

  /** All logits of a row; for comparisons, far too slow for serving. */
  logits(rows: HeadRows, row: number): Float64Array {
    return Float64Array.from({ length: this.head.length / this.hidden }, (_, id) =>
      this.logit(rows.hidden, row, id),
    );
  }

  private logit(hidden: Float32Array, row: number, id: number): number {
    const hiddenStart = row * this.hidden;
    const headStart = id * this.hidden;
    let total = 0;
    for (let i = 0; i < this.hidden; i++) {
      total += hidden[hiddenStart + i]! * this.head[headStart + i]!;
    }
    return total;
  }
}
