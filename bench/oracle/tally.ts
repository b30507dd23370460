import type { Precision } from '@helium/worker/onnx';

/** What the comparison of one precision counts. */
export interface Tally {
  steps: number;
  equal: number;
  /** Largest difference of two logits of the same token and step. */
  logitDifference: number;
  /** Steps that chose another token, each with the oracle's margin over our choice. */
  lostMargins: number[];
  /** The oracle's margin of each step: how far its second choice is behind. */
  margins: number[];
}

/** Below this margin float32 rounding may decide; above it, exact precision must agree. */
const EXACT_MARGIN = 1e-3;

export function emptyTally(): Tally {
  return {
    steps: 0,
    equal: 0,
    logitDifference: 0,
    lostMargins: [],
    margins: [],
  };
}

/** Counts one step: the oracle's logits and ours of one position. */
export function compareRows(tally: Tally, oracle: Float32Array, ours: Float64Array): void {
  const wanted = argMax(oracle);
  const chosen = argMax(ours);
  const runnerUp = argMax(oracle, wanted);
  tally.steps++;
  tally.margins.push(oracle[wanted]! - oracle[runnerUp]!);
  for (let id = 0; id < ours.length; id++) {
    tally.logitDifference = Math.max(tally.logitDifference, Math.abs(ours[id]! - oracle[id]!));
  }
  if (wanted === chosen) tally.equal++;
  else tally.lostMargins.push(oracle[wanted]! - oracle[chosen]!);
}

/** The report of one precision, and whether every token that had to be equal is. */
export function verdict(
  precision: Precision,
  tally: Tally,
): { readonly lines: readonly string[]; readonly passed: boolean } {
  const bound = precision === 'exact' ? EXACT_MARGIN : tally.logitDifference;
  const wrong = tally.lostMargins.filter((margin) => margin > bound);
  const safe = tally.margins.filter((margin) => margin > bound).length;
  const percent = ((100 * tally.equal) / tally.steps).toFixed(2);
  const largest = Math.max(0, ...tally.lostMargins);
  return {
    passed: wrong.length === 0,
    lines: [
      `${precision}: ${tally.equal} of ${tally.steps} steps choose the oracle's token (${percent} %)`,
      `  largest logit difference ${tally.logitDifference.toExponential(2)}`,
      `  largest margin lost ${largest.toExponential(2)}`,
      `  ${safe} steps with a margin above ${bound.toExponential(2)}: ${wrong.length} differ`,
    ],
  };
}

/** The index of the largest value; the first of equals, leaving one index out. */
function argMax(values: Float32Array | Float64Array, without = -1): number {
  let best = without === 0 ? 1 : 0;
  for (let i = 0; i < values.length; i++) {
    if (i !== without && values[i]! > values[best]!) best = i;
  }
  return best;
}
