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

/** Some of the rows that go into the last layer: what comes out of it is wanted of these alone. */
export interface WantedRows {
  /** Their indices, int64 [wanted]. */
  readonly indices: Value;
  /** As `GraphContext.zeroPoints`, for them: uint8 [wanted, 1]. */
  readonly zeroPoints: Value;
  /** Told the residual stream that goes into the last layer, of all rows. */
  readonly before: (residual: Value) => void;
}

/**
 * Layers of the decoder: the residual stream [rows, hidden] in (for the first layer the embeddings)
 * and out again, not yet normed. A range that ends before the last layer ends behind the attention of its own last,
 * whose feed-forward part the next range begins with. With `wanted`, `attention` gives only these rows in the last layer.
 */
export function buildLayers(
  context: GraphContext,
  stream: Value,
  { first, end }: LayerRange,
  attention: AttentionBuilder,
  wanted?: WantedRows,
): Value {
  const { graph, config, weights } = context;
  let { residual, normed } = begin(context, stream, first);
  for (let index = first; ; index++) {
    const layer = weights.layers[index]!;
    const isLast = index === config.layers - 1;
    const qkv = projectQkv(context, normedActivation(context, normed), layer);
    const mixed = attention(qkv, index);
    let behind = context;
    if (isLast && wanted !== undefined) {
      wanted.before(residual);
      behind = { ...context, zeroPoints: wanted.zeroPoints };
      residual = graph.op('Gather', [residual, wanted.indices], { axis: 0 });
    }
    const width = config.heads * config.headDim;
    const projected = projectOutput(behind, activation(behind, mixed, width), layer);
    if (!isLast && index === end - 1) return graph.op('Add', [residual, projected]);
    const attended = addAndNorm(behind, residual, projected, layer.ffnNorm);
    const update = feedForward(behind, attended.normed, layer);
    if (isLast) return graph.op('Add', [attended.residual, update]);
    const { attnNorm } = weights.layers[index + 1]!;
    ({ residual, normed } = addAndNorm(context, attended.residual, update, attnNorm));
  }
}

/** What the attention of layer `first` is given: behind other layers, what the one before has left to do comes first. */
function begin(
  context: GraphContext,
  stream: Value,
  first: number,
): { residual: Value; normed: Value } {
  const { weights } = context;
  const { attnNorm } = weights.layers[first]!;
  if (first === 0) return { residual: stream, normed: norm(context, stream, attnNorm) };
  const before = weights.layers[first - 1]!;
  const update = feedForward(context, norm(context, stream, before.ffnNorm), before);
  return addAndNorm(context, stream, update, attnNorm);
}

function norm(
  { graph, config }: GraphContext,
  value: Value,
  weight: LayerWeights['ffnNorm'],
): Value {
  return graph.op('SimplifiedLayerNormalization', [value, graph.stored(weight)], {
    axis: -1,
    epsilon: { float: config.normEpsilon },
  });
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
