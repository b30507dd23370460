import { normHeads } from './attention-variants.ts';
import type { GraphContext } from './decoder-layers.ts';
import type { Value } from './onnx-graph.ts';

/** q, k and v of one layer after rotation: [rows, heads or kvHeads × headDim] each. */
export interface RotatedProjections {
  readonly query: Value;
  readonly key: Value;
  readonly value: Value;
}

/**
 * Splits q|k|v of a layer, norms the heads of q and k where the model does, and rotates them by the graph's input `positions`. `batch` and `tokens` are the two
 * leading sizes that RotaryEmbedding wants, as `positions` has them; -1 for the one that varies.
 */
export function rotate(
  context: GraphContext,
  projections: Value,
  layer: number,
  [batch, tokens]: readonly [number, number],
): RotatedProjections {
  const { graph, config, weights } = context;
  const { heads, kvHeads, headDim } = config;
  const queryWidth = heads * headDim;
  const keyWidth = kvHeads * headDim;
  const [queryKey, value] = graph.ops(
    'Split',
    [projections, graph.int64s(queryWidth + keyWidth, keyWidth)],
    2,
    { axis: 1 },
  );
  const normed = normHeads(context, queryKey!, layer);
  const rotated = graph.op(
    'RotaryEmbedding',
    [
      graph.op('Reshape', [normed, graph.int64s(batch, tokens, queryWidth + keyWidth)]),
      'positions',
      graph.stored(weights.ropeCos),
      graph.stored(weights.ropeSin),
    ],
    { num_heads: heads + kvHeads },
  );
  const rows = graph.op('Reshape', [rotated, graph.int64s(-1, queryWidth + keyWidth)]);
  const sizes = graph.int64s(queryWidth, keyWidth);
  const [query, key] = graph.ops('Split', [rows, sizes], 2, { axis: 1 });
  return { query: query!, key: key!, value: value! };
}
