import type { ModelConfig } from '@helium/model';
import { projectOutput, projectQkv } from './attention-variants.ts';
import { type Activation, linear, product, rescaled } from './linear.ts';
import type { LayerWeights, ModelWeights } from './model-weights.ts';
import type { OnnxGraph, Value } from './onnx-graph.ts';
import type { LayerRange } from './prefill-stages.ts';

/** Everything the parts of one graph share while it is being built. */
export interface GraphContext {
  readonly graph: OnnxGraph;
  readonly config: ModelConfig;
  readonly weights: ModelWeights;
  /** The input `zeroPoints`, uint8 [rows, 1]. */
  readonly zeroPoints: Value;
}

/** Attention of one layer: q|k|v projections [rows, …] in, [rows, heads × headDim] out. */
export type AttentionBuilder = (projections: Value, layer: number) => Value;

/**
 * Layers of the decoder: the residual stream [rows, hidden] in (for the first layer the embeddings)
 * and out again, not yet normed.
 */
export function buildLayers(
  context: GraphContext,
  stream: Value,
  { first, end }: LayerRange,
  attention: AttentionBuilder,
): Value {
  const { graph, config, weights } = context;
  const norm = { axis: -1, epsilon: { float: config.normEpsilon } };
  let residual = stream;
  let normed = graph.op(
    'SimplifiedLayerNormalization',
    [residual, graph.stored(weights.layers[first]!.attnNorm)],
    norm,
  );
  weights.layers.slice(first, end).forEach((layer, offset) => {
    const index = first + offset;
    const qkv = projectQkv(context, normedActivation(context, normed), layer);
    const mixed = activation(context, attention(qkv, index), config.heads * config.headDim);
    const projected = projectOutput(context, mixed, layer);
    const attended = addAndNorm(context, residual, projected, layer.ffnNorm);
    const update = feedForward(context, attended.normed, layer);
    const next = weights.layers[index + 1];
    if (next === undefined || index + 1 === end) {
      residual = graph.op('Add', [attended.residual, update]);
    } else {
      ({ residual, normed } = addAndNorm(context, attended.residual, update, next.attnNorm));
    }
  });
  return residual;
}

/** A new activation of this graph. */
export function activation(context: GraphContext, value: Value, width: number): Activation {
  return { value, width, zeroPoints: context.zeroPoints };
}

/**
 * What a norm let out. In `fast` precision its elements' mean square is 1 and their spread near a normal
 * distribution's (see rotatedWeights): one rounding step for all costs little and saves
 * four nodes before each product.
 */
export function normedActivation(context: GraphContext, value: Value): Activation {
  return { ...activation(context, value, context.config.hidden), range: NORMED_RANGE };
}

/** In standard deviations: one element in 16,000 of a normal distribution is beyond, and is cut. */
const NORMED_RANGE = 4;

function addAndNorm(
  { graph, config }: GraphContext,
  residual: Value,
  update: Value,
  norm: LayerWeights['ffnNorm'],
): { residual: Value; normed: Value } {
  const normed = graph.freshName('normed');
  const sum = graph.freshName('residual');
  graph.node(
    'SkipSimplifiedLayerNormalization',
    [residual, update, graph.stored(norm)],
    [normed, '', '', sum],
    { epsilon: { float: config.normEpsilon } },
  );
  return { residual: sum, normed };
}

/** down(silu(gate(x)) × up(x)). */
function feedForward(context: GraphContext, normed: Value, layer: LayerWeights): Value {
  const { graph, config } = context;
  const input = normedActivation(context, normed);
  const gate = linear(graph, input, layer.gate);
  const up = product(graph, input, layer.up);
  const silu = graph.op('QuickGelu', [gate], { alpha: { float: 1 } });
  const gated = turnedBlocks(context, graph.op('Mul', [silu, up.value]));
  const down = product(graph, activation(context, gated, config.feedForward), layer.down);
  // A row's scale passes through rounding unchanged, so up's is applied after down, on fewer columns.
  if (down.scales === undefined || up.scales === undefined) return rescaled(graph, down);
  const scales = graph.op('Mul', [down.scales, up.scales]);
  return graph.op('Mul', [down.value, scales]);
}

/** The gated activations as `down` takes them, see rotatedWeights. */
function turnedBlocks({ graph, config, weights }: GraphContext, gated: Value): Value {
  const { gatedRotation } = weights;
  if (gatedRotation === undefined) return gated;
  const blocks = graph.op('Reshape', [gated, graph.int64s(-1, gatedRotation.dims[0]!)]);
  const turned = graph.op('MatMul', [blocks, graph.stored(gatedRotation)]);
  return graph.op('Reshape', [turned, graph.int64s(-1, config.feedForward)]);
}
