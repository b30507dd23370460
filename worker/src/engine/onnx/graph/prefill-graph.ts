import type { ModelConfig } from '@helium/model';
import { buildLayers, type GraphContext, type WantedRows } from './decoder-layers.ts';
import type { ModelWeights } from './model-weights.ts';
import { OnnxGraph, type Value } from './onnx-graph.ts';
import { type LayerRange, pastNames } from './prefill-stages.ts';
import { rotate } from './rotary.ts';

/**
 * One stage of one chunk of one prompt: S tokens after a past of exactly P tokens, through some of the
 * layers, see `buildLayers`.
 *
 * In: `stream` [S, hidden] (embeddings, or what the stage before let out), `zeroPoints` uint8 [S, 1],
 * `positions` int64 [1, S], `mask` [1, S × group, P + S + Z], `padding` [Z, kvHeads, headDim], zeros,
 * and per layer the past, time-major: [P, kvHeads, headDim]. The last stage's `wanted` int64 [W] are the tokens of
 * the chunk whose way through the last layer goes on behind its keys and values; `wantedZeroPoints` uint8 [W, 1] and
 * `wantedMask` [1, W × group, P + S + Z] are theirs.
 * Out: `kv` [layers × 2 × S, kvHeads × headDim] (key and value of the first layer, then of the next,
 * …) and `residual` [S, hidden]; of the last stage [W, hidden], and `sums` [S], of each token's stream into the last
 * layer: no number where anything before was none.
 *
 * A token's bits do not depend on the chunk it is in: linear layers do not mix rows, scores are single
 * products, and softmax and the product with the values take past and chunk as one, in the order of the
 * tokens; what is masked lies behind them and adds zeros. With Z such that P + S + Z is whole vectors, no kernel
 * treats a last part of one differently.
 */
export function buildPrefillGraph(
  config: ModelConfig,
  weights: ModelWeights,
  weightFile: string,
  range: LayerRange,
): Uint8Array {
  const graph = new OnnxGraph(weightFile);
  const group = config.heads / config.kvHeads;
  graph.input('stream', 'float32');
  graph.input('zeroPoints', 'uint8');
  graph.input('positions', 'int64');
  graph.input('mask', 'float32');
  graph.input('padding', 'float32');
  const context: GraphContext = { graph, config, weights, zeroPoints: 'zeroPoints' };
  const kv: Value[] = [];
  const isLast = (layer: number) => layer === config.layers - 1;
  const attention = (projections: Value, layer: number) => {
    const { query, key, value } = rotate(context, projections, layer, [1, -1]);
    const [pastKey, pastValue] = pastNames(layer).map((name) => graph.input(name, 'float32')) as [
      Value,
      Value,
    ];
    kv.push(key, value);
    const keys = appended(context, pastKey, key);
    const values = appended(context, pastValue, value);
    const asking = isLast(layer) ? graph.op('Gather', [query, 'wanted'], { axis: 0 }) : query;
    const mask = isLast(layer) ? 'wantedMask' : 'mask';
    const mixed = attend(graph, byKvHead(context, asking), keys, values, mask);
    // [kvHeads, S × group, headDim] → [S, kvHeads × group × headDim]
    const split = graph.op('Reshape', [
      mixed,
      graph.int64s(config.kvHeads, -1, group, config.headDim),
    ]);
    const byToken = graph.op('Transpose', [split], { perm: [1, 0, 2, 3] });
    return graph.op('Reshape', [byToken, graph.int64s(-1, config.heads * config.headDim)]);
  };
  const wanted = isLast(range.end - 1) ? declareWanted(graph) : undefined;
  const residual = buildLayers(context, 'stream', range, attention, wanted);
  graph.node('Concat', kv, ['kv'], { axis: 0 });
  graph.output('kv', 'float32');
  graph.node('Identity', [residual], ['residual']);
  graph.output('residual', 'float32');
  return graph.serialize();
}

/** [S, heads × headDim] → [kvHeads, S × group, headDim]. */
function byKvHead({ graph, config }: GraphContext, query: Value): Value {
  const { heads, kvHeads, headDim } = config;
  const shape = graph.int64s(-1, kvHeads, heads / kvHeads, headDim);
  const grouped = graph.op('Reshape', [query, shape]);
  const byHead = graph.op('Transpose', [grouped], { perm: [1, 0, 2, 3] });
  return graph.op('Reshape', [byHead, graph.int64s(kvHeads, -1, headDim)]);
}

function declareWanted(graph: OnnxGraph): WantedRows {
  graph.input('wantedMask', 'float32');
  return {
    indices: graph.input('wanted', 'int64'),
    zeroPoints: graph.input('wantedZeroPoints', 'uint8'),
    before: (residual) => {
      graph.node('ReduceSum', [residual, graph.int64s(-1)], ['sums'], { keepdims: 0 });
      graph.output('sums', 'float32');
    },
  };
}

function appended({ graph, config }: GraphContext, past: Value, rows: Value): Value {
  const shape = graph.int64s(-1, config.kvHeads, config.headDim);
  return graph.op('Concat', [past, graph.op('Reshape', [rows, shape]), 'padding'], { axis: 0 });
}

/** `keys` and `values` stay time-major; transBatchB reads them by head without a copy. */
function attend(graph: OnnxGraph, query: Value, keys: Value, values: Value, mask: Value): Value {
  const scores = graph.op('FusedMatMul', [query, keys], { transB: 1, transBatchB: 1 });
  const weights = graph.op('Softmax', [graph.op('Add', [scores, mask])], { axis: -1 });
  return graph.op('FusedMatMul', [weights, values], { transBatchB: 1 });
}
