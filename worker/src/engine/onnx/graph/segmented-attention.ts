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
 * With drafts, rows are consecutive tokens of sequences, which meet their own past with the tokens of all of them
 * written where they will lie once they are taken: each row's later ones are masked, so that it sees the same numbers at
 * the same places as in a step of its own.
 */
export function buildSegmentedAttention(
  { graph, config }: GraphContext,
  { query, key, value }: RotatedProjections,
  layer: number,
  form: GraphForm,
): Value {
  const isStacked = stacksQueries(config, form);
  const { sharedKey, sharedValue, ownKey, ownValue } = declarePast(graph, layer);
  const width = config.heads * config.headDim;
  const shape = (rows: Value, sizes: Value) => graph.op('Reshape', [rows, sizes]);

  const attend = (rows: RotatedProjections, own: OwnPast) => {
    const queries = shape(rows.query, 'queryShape');
    const recentValue = shape(rows.value, 'recentShape');
    const scoresOfShared = (keys: Value, sizes: 'stackedScores' | 'draftScores') =>
      isStacked
        ? buildStackedScores(graph, queries, keys, sizes)
        : buildScores(graph, queries, keys);
    const ownScores = own.isShared
      ? scoresOfShared(own.keys, 'draftScores')
      : buildScores(graph, queries, own.keys);
    const scores = [
      scoresOfShared(sharedKey, 'stackedScores'),
      graph.op('Add', [ownScores, 'mask']),
      buildScores(graph, queries, shape(rows.key, 'recentShape')),
    ];
    const weights = graph.op('Softmax', [graph.op('Concat', scores, { axis: -1 })], { axis: -1 });
    const parts = graph.ops('Split', [weights, 'sizes'], 3, { axis: -1 });
    const [sharedWeights, ownWeights, recentWeights] = parts as [Value, Value, Value];
    const weigh = (weights: Value, shape: Value, values: Value) =>
      weighSegments(graph, config, { weights, shape, values });
    const weighed = [
      weigh(sharedWeights, 'sharedWeights', sharedValue),
      weigh(ownWeights, 'ownWeights', own.values),
      'emptySegments',
    ];
    const mixed = graph.op('Add', [
      sumSegments(graph, config, weighed, isStacked),
      graph.op('Mul', [recentWeights, recentValue]),
    ]);
    return shape(mixed, graph.int64s(-1, width));
  };

  const attendDrafts = () => {
    /** A sequence's own past with the tokens of its rows. */
    const withRows = (past: Value, rows: Value, sizes: Value) => {
      const heads = graph.int64s(-1, config.headDim);
      const written = [shape(past, heads), 'draftPlaces', shape(rows, heads)];
      return shape(graph.op('ScatterND', written), sizes);
    };
    const padded = (rows: Value) => graph.op('Gather', [rows, 'paddedRows'], { axis: 0 });
    const rows = { query: padded(query), key: padded(key), value: padded(value) };
    const mixed = attend(rows, {
      isShared: true,
      keys: withRows(ownKey, key, 'draftKeys'),
      values: withRows(ownValue, value, 'draftValues'),
    });
    return graph.op('Gather', [mixed, 'unpaddedRows'], { axis: 0 });
  };
  return graph.either('hasDrafts', attendDrafts, () =>
    attend({ query, key, value }, { isShared: false, keys: ownKey, values: ownValue }),
  );
}

/** What rows have of their own, and whether several meet the same. */
interface OwnPast {
  readonly isShared: boolean;
  readonly keys: Value;
  readonly values: Value;
}
