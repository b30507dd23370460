import type { GraphContext } from './decoder-layers.ts';
import { type Activation, linear } from './linear.ts';
import type { LayerWeights } from './model-weights.ts';
import type { Value } from './onnx-graph.ts';

/** q|k|v of one layer, [rows, (heads + 2 × kvHeads) × headDim], with the model's bias if it has one. */
export function projectQkv({ graph }: GraphContext, input: Activation, layer: LayerWeights): Value {
  const projected = linear(graph, input, layer.qkv);
  if (layer.qkvBias === undefined) return projected;
  return graph.op('Add', [projected, graph.stored(layer.qkvBias)]);
}

/** Attention's last layer, [rows, hidden], with the model's bias if it has one. */
export function projectOutput(
  { graph }: GraphContext,
  mixed: Activation,
  layer: LayerWeights,
): Value {
  const projected = linear(graph, mixed, layer.o);
  if (layer.oBias === undefined) return projected;
  return graph.op('Add', [projected, graph.stored(layer.oBias)]);
}

/**
 * The heads of q|k, [rows, (heads + kvHeads) × headDim], each normed by itself where the model does
 * that. One norm with weights of 1, then one product with the weights of all heads.
 */
export function normHeads(
  { graph, config, weights }: GraphContext,
  queryKey: Value,
  layer: number,
): Value {
  const { headNorms } = weights.layers[layer]!;
  if (headNorms === undefined) return queryKey;
  const count = config.heads + config.kvHeads;
  const heads = graph.op('Reshape', [queryKey, graph.int64s(-1, count, config.headDim)]);
  const ones = graph.constant(new Float32Array(config.headDim).fill(1), [config.headDim]);
  const normed = graph.op('SimplifiedLayerNormalization', [heads, ones], {
    axis: -1,
    epsilon: { float: config.normEpsilon },
  });
  const weighted = graph.op('Mul', [normed, graph.stored(headNorms)]);
  return graph.op('Reshape', [weighted, graph.int64s(-1, count * config.headDim)]);
}
