import type { HeadRows } from '../graph-runner.ts';
import type { StreamCoordinates } from '../stream-coordinates.ts';
import type { ScoredToken } from './token-choice.ts';
import type { PositionScores } from './token-sampler.ts';

/** Computes logits from the final hidden state and the head's own rows, in float64. */
export class HeadScorer {
  /** [vocab, hidden]. */
  readonly head: Float32Array;
  private readonly hidden: number;
  private readonly coordinates: StreamCoordinates;

  /** `head` [vocab, hidden], as the model has it; `coordinates` are those of the graphs. */
  constructor(head: Float32Array, hidden: number, coordinates: StreamCoordinates) {
    this.head = head;
    this.hidden = hidden;
    this.coordinates = coordinates;
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
    const { head, hidden } = this;
    const state = this.hiddenOf(rows, row);
    const logits = new Float64Array(head.length / hidden);
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
    const hidden = rows.hidden.slice(row * this.hidden, (row + 1) * this.hidden);
    this.coordinates.leave(hidden);
    return hidden;
  }

  private logit(hidden: Float32Array, id: number): number {
    const start = id * this.hidden;
    let total = 0;
    for (let i = 0; i < this.hidden; i++) total += hidden[i]! * this.head[start + i]!;
    return total;
  }
}
