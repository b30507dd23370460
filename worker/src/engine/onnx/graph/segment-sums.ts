import type { ModelConfig } from '@helium/model';
import type { OnnxGraph, Value } from './onnx-graph.ts';

/** Tokens of a segment. Pasts are whole segments, masked where empty. */
export const SEGMENT_TOKENS = 64;

const SEGMENT_AXIS = 4;

/**
 * Segments of zeros to be summed behind so many. In which order onnxruntime's sum adds depends on how many there are:
 * as measured up to 96, 4n + 3 of them (n > 0) are added otherwise than the same with empty ones behind them, and
 * all other numbers alike.
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
 * Values weighted, segment by segment: weights [E, B, kvHeads, G, tokens] become [E, B, kvHeads, products, segments,
 * rows, 64], the input `shape` says how, and these [E, B, kvHeads, products, segments, rows, headDim]. A
 * product of one row has its segments one behind the other already.
 */
export function weighSegments(
  graph: OnnxGraph,
  config: ModelConfig,
  {
    weights,
    shape,
    values,
  }: { readonly weights: Value; readonly shape: Value; readonly values: Value },
): Value {
  const reshaped = graph.op('Reshape', [weights, shape], { allowzero: 1 });
  const [, rows] = headProducts(config);
  const inSegments =
    rows === 1 ? reshaped : graph.op('Transpose', [reshaped], { perm: [0, 1, 2, 3, 5, 4, 6] });
  return graph.op('MatMul', [inSegments, values]);
}

/**
 * [E, B, kvHeads, G, (1,) headDim], the segments summed. Each head's stand behind each other before: where a sum has
 * nothing in front of it onnxruntime adds in another order, which one row of a model with one KV head would meet.
 */
export function sumSegments(
  graph: OnnxGraph,
  config: ModelConfig,
  weighed: readonly Value[],
  isStacked: boolean,
): Value {
  const segments = graph.op('Concat', weighed, { axis: SEGMENT_AXIS });
  const [, rows] = headProducts(config);
  const byHead =
    rows === 1 ? segments : graph.op('Transpose', [segments], { perm: [0, 1, 2, 5, 4, 3, 6] });
  // Stacked heads have no axis of 1 behind them, segments have.
  const axes = isStacked ? [SEGMENT_AXIS, SEGMENT_AXIS + 1] : [SEGMENT_AXIS];
  return graph.op('ReduceSum', [byHead, graph.int64s(...axes)], { keepdims: 0 });
}
