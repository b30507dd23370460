import type { ModelConfig } from '@helium/model';
import type { GraphContext } from './decoder-layers.ts';
import type { OnnxGraph, Value } from './onnx-graph.ts';
import type { GraphForm } from './precision.ts';
import type { RotatedProjections } from './rotary.ts';

/** Tokens of a segment, see `buildSegmentedAttention`. Pasts are whole segments, masked where empty. */
export const SEGMENT_TOKENS = 64;

/** Names of a layer's past: what a group's rows share, then what each row has of its own. */
export interface DecodePastNames {
  readonly sharedKey: string;
  readonly sharedValue: string;
  readonly ownKey: string;
  readonly ownValue: string;
}

export function decodePastNames(layer: number): DecodePastNames {
  return {
    sharedKey: `sharedKey.${layer}`,
    sharedValue: `sharedValue.${layer}`,
    ownKey: `ownKey.${layer}`,
    ownValue: `ownValue.${layer}`,
  };
}

/**
 * Segments of zeros to be summed behind so many. In which order onnxruntime's sum adds depends on how many there are: as
 * measured up to 96, 4n + 3 of them (n > 0) are added otherwise than the same with empty ones behind them, and all
 * other numbers alike.
 */
export function emptySegments(segments: number): number {
  return segments % 4 === 3 ? 1 : 0;
}

/**
 * How the heads of a KV head meet a segment's values: one product each, of one row. With a single KV head
 * onnxruntime would join them to one product for one sequence only; there they are one for every batch.
 */
export function headProducts(
  config: ModelConfig,
): readonly [products: number, rowsPerProduct: number] {
  const group = config.heads / config.kvHeads;
  return config.kvHeads === 1 ? [1, group] : [group, 1];
}

/**
 * Whether the heads of a KV head, and of all rows of a group the keys they share, meet keys in one product, or each
 * head by itself. A product of one row has a kernel of its own, whose bits are others: so several only where
 * a row by itself has several heads for each KV head. With a single KV head always: see `headProducts`.
 */
export function stacksQueries(config: ModelConfig, form: GraphForm): boolean {
  const { heads, kvHeads } = config;
  return heads > kvHeads && (form.stackedQueries || kvHeads === 1);
}

/**
 * Inputs of the whole graph beside each layer's past: `mask` [E, B, 1, 1, T], `sizes` int64 [3] =
 * [P, T, 1], and shapes, for a past of P shared tokens (perhaps none) and T of each row's own, both
 * whole segments: `queryShape`, `recentShape`, `sharedWeights`, `ownWeights`, and where queries are stacked
 * `stackedQueries` and `stackedScores`. Where they are not, `mask` and the first two shapes have a 1 more, before
 * their last axis. `emptySegments` are zeros, [E, B, kvHeads, products, 0 or 1, rows, headDim], as `headProducts` and
 * `emptySegments` say.
 */
export function declareAttentionInputs(
  graph: OnnxGraph,
  config: ModelConfig,
  form: GraphForm,
): void {
  graph.input('emptySegments', 'float32');
  graph.input('mask', 'float32');
  graph.input('sizes', 'int64');
  graph.input('queryShape', 'int64');
  graph.input('recentShape', 'int64');
  graph.input('sharedWeights', 'int64');
  graph.input('ownWeights', 'int64');
  if (!stacksQueries(config, form)) return;
  graph.input('stackedQueries', 'int64');
  graph.input('stackedScores', 'int64');
}

/**
 * Attention of one new token a row to its past and itself, G heads a KV head. Per layer the past: the shared keys
 * [E, kvHeads, P, headDim], or where queries are not stacked [E, 1, kvHeads, 1, P, headDim], a row's own [E, B,
 * kvHeads, T, headDim], or [E, B, kvHeads, 1, T, headDim], values in segments, [E, 1 or B, kvHeads, 1, segments,
 * 64, headDim].
 *
 * The weighted sum of values is made per segment of the absolute token grid, and these sums are added in an
 * order that the segments' places decide (see `emptySegments`). So what a row gets does not depend on which segments it shares with others, on
 * the other rows, or on empty segments: a masked one adds an exact 0. Products with values have one
 * row, so they take the matrix-vector kernel, which packs nothing. A score is one sum whatever the product it
 * is in, so that keys which rows share may be met by all of them at once.
 */
export function buildSegmentedAttention(
  { graph, config }: GraphContext,
  { query, key, value }: RotatedProjections,
  layer: number,
  form: GraphForm,
): Value {
  const { headDim } = config;
  const names = decodePastNames(layer);
  const isStacked = stacksQueries(config, form);
  for (const name of [names.sharedKey, names.ownKey, names.sharedValue, names.ownValue]) {
    graph.input(name, 'float32');
  }
  const queries = graph.op('Reshape', [query, 'queryShape']);
  const recentKey = graph.op('Reshape', [key, 'recentShape']);
  const recentValue = graph.op('Reshape', [value, 'recentShape']);
  const own = graph.op('Add', [scores(graph, queries, names.ownKey), 'mask']);
  const joined = graph.op(
    'Concat',
    [
      isStacked
        ? stackedScores(graph, queries, names.sharedKey)
        : scores(graph, queries, names.sharedKey),
      own,
      scores(graph, queries, recentKey),
    ],
    { axis: -1 },
  );
  const weights = graph.op('Softmax', [joined], { axis: -1 });
  const [shared, past, recent] = graph.ops('Split', [weights, 'sizes'], 3, { axis: -1 });
  const segments = graph.op(
    'Concat',
    [
      graph.op('MatMul', [inSegments(graph, config, shared!, 'sharedWeights'), names.sharedValue]),
      graph.op('MatMul', [inSegments(graph, config, past!, 'ownWeights'), names.ownValue]),
      'emptySegments',
    ],
    { axis: SEGMENT_AXIS },
  );
  const mixed = graph.op('Add', [
    sumOfSegments(graph, config, segments, isStacked),
    graph.op('Mul', [recent!, recentValue]),
  ]);
  return graph.op('Reshape', [mixed, graph.int64s(-1, config.heads * headDim)]);
}

const SEGMENT_AXIS = 4;

/**
 * [E, B, kvHeads, G, (1,) headDim], the segments summed. Each head's stand behind each other before: where a sum has
 * nothing in front of it onnxruntime adds in another order, which one row of a model with one KV head would meet.
 */
function sumOfSegments(
  graph: OnnxGraph,
  config: ModelConfig,
  segments: Value,
  isStacked: boolean,
): Value {
  const [, rows] = headProducts(config);
  const byHead =
    rows === 1 ? segments : graph.op('Transpose', [segments], { perm: [0, 1, 2, 5, 4, 3, 6] });
  // Stacked heads have no axis of 1 behind them, segments have.
  const axes = isStacked ? [SEGMENT_AXIS, SEGMENT_AXIS + 1] : [SEGMENT_AXIS];
  return graph.op('ReduceSum', [byHead, graph.int64s(...axes)], { keepdims: 0 });
}

function scores(graph: OnnxGraph, queries: Value, keys: Value): Value {
  return graph.op('FusedMatMul', [queries, keys], { transB: 1 });
}

/** Of all rows of a group in one product for each KV head: [E, B, kvHeads, G, P]. */
function stackedScores(graph: OnnxGraph, queries: Value, sharedKey: Value): Value {
  const swapped = { perm: [0, 2, 1, 3, 4] };
  const byHead = graph.op('Transpose', [queries], swapped);
  const stacked = graph.op('Reshape', [byHead, 'stackedQueries']);
  const together = scores(graph, stacked, sharedKey);
  const apart = graph.op('Reshape', [together, 'stackedScores'], { allowzero: 1 });
  return graph.op('Transpose', [apart], swapped);
}

/**
 * Weights [E, B, kvHeads, G, tokens] → [E, B, kvHeads, products, segments, rows, 64]. A
 * product of one row has its segments one behind the other already.
 */
function inSegments(graph: OnnxGraph, config: ModelConfig, weights: Value, shape: Value): Value {
  const reshaped = graph.op('Reshape', [weights, shape], { allowzero: 1 });
  const [, rows] = headProducts(config);
  return rows === 1 ? reshaped : graph.op('Transpose', [reshaped], { perm: [0, 1, 2, 3, 5, 4, 6] });
}
