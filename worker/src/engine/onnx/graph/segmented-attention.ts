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
  const ownScores = graph.op('Add', [buildScores(graph, queries, ownKey), 'mask']);
  const sharedScores = (isStacked ? buildStackedScores : buildScores)(graph, queries, sharedKey);
  const recentScores = buildScores(graph, queries, recentKey);
  const scores = graph.op('Concat', [sharedScores, ownScores, recentScores], { axis: -1 });
  const weights = graph.op('Softmax', [scores], { axis: -1 });
  const [shared, own, recent] = graph.ops('Split', [weights, 'sizes'], 3, { axis: -1 });
  const weighed = [
    weighSegments(graph, config, { weights: shared!, shape: 'sharedWeights', values: sharedValue }),
    weighSegments(graph, config, { weights: own!, shape: 'ownWeights', values: ownValue }),
    'emptySegments',
  ];
  const mixed = graph.op('Add', [
    sumSegments(graph, config, weighed, isStacked),
    graph.op('Mul', [recent!, recentValue]),
  ]);
  return graph.op('Reshape', [mixed, graph.int64s(-1, config.heads * config.headDim)]);
}
