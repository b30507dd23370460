import { buildScores, buildStackedScores, stacksQueries } from './attention-scores.ts';
import { declarePast } from './decode-inputs.ts';
import type { GraphContext } from './decoder-layers.ts';
import type { Value } from './onnx-graph.ts';
import type { GraphForm } from './precision.ts';
import type { RotatedProjections } from './rotary.ts';
import { sumSegments, weighSegments } from './segment-sums.ts';

/**
 * Attention of one new token a row to its past and itself, G heads a KV head. What it is fed: `declareAttentionInputs`,
 * `declarePast`.
 *
 * The weighted sum of values is made per segment of the absolute token grid, and these sums are added in an
 * order that the segments' places decide (see `emptySegments`). So what a row gets does not depend on which segments it
 * shares with others, on the other rows, or on empty segments: a masked one adds an exact 0. Products with values have
 * one row, so they take the matrix-vector kernel, which packs nothing. A score is one sum whatever the product it
 * is in, so that keys which rows share may be met by all of them at once.
 *
 * With drafts, rows are consecutive tokens of a sequence, which meet its own past with the tokens of all of them
 * written where they will lie once they are taken: each row's later ones are masked, so that it sees the same numbers at the same
 * places as in a step of its own.
 */
export function buildSegmentedAttention(
  { graph, config }: GraphContext,
  { query, key, value }: RotatedProjections,
  layer: number,
  form: GraphForm,
): Value {
  const isStacked = stacksQueries(config, form);
  const { sharedKey, sharedValue, ownKey, ownValue } = declarePast(graph, layer);
  const queries = graph.op('Reshape', [query, 'queryShape']);
  const recentKey = graph.op('Reshape', [key, 'recentShape']);
  const recentValue = graph.op('Reshape', [value, 'recentShape']);
  const sharedScores = isStacked
    ? buildStackedScores(graph, queries, sharedKey, 'stackedScores')
    : buildScores(graph, queries, sharedKey);
  const recentScores = buildScores(graph, queries, recentKey);

  const attend = (own: { readonly scores: Value; readonly values: Value }) => {
    const ownScores = graph.op('Add', [own.scores, 'mask']);
    const scores = graph.op('Concat', [sharedScores, ownScores, recentScores], { axis: -1 });
    const weights = graph.op('Softmax', [scores], { axis: -1 });
    const parts = graph.ops('Split', [weights, 'sizes'], 3, { axis: -1 });
    const [sharedWeights, ownWeights, recentWeights] = parts as [Value, Value, Value];
    const weigh = (weights: Value, shape: Value, values: Value) =>
      weighSegments(graph, config, { weights, shape, values });
    const weighed = [
      weigh(sharedWeights, 'sharedWeights', sharedValue),
      weigh(ownWeights, 'ownWeights', own.values),
      'emptySegments',
    ];
    return graph.op('Add', [
      sumSegments(graph, config, weighed, isStacked),
      graph.op('Mul', [recentWeights, recentValue]),
    ]);
  };
  /** A sequence's own past with the tokens of its rows. */
  const withRows = (past: Value, rows: Value, shape: Value) => {
    const tokens = graph.op('Reshape', [past, graph.int64s(-1, config.headDim)]);
    const added = graph.op('Reshape', [rows, graph.int64s(-1, config.headDim)]);
    return graph.op('Reshape', [graph.op('ScatterND', [tokens, 'draftPlaces', added]), shape]);
  };
  const mixed = graph.either(
    'hasDrafts',
    () => {
      const keys = withRows(ownKey, key, 'draftKeys');
      const scores = isStacked
        ? buildStackedScores(graph, queries, keys, 'draftScores')
        : buildScores(graph, queries, keys);
      return attend({ scores, values: withRows(ownValue, value, 'draftValues') });
    },
    () => attend({ scores: buildScores(graph, queries, ownKey), values: ownValue }),
  );
  return graph.op('Reshape', [mixed, graph.int64s(-1, config.heads * config.headDim)]);
}
