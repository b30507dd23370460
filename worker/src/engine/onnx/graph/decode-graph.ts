import type { ModelConfig } from '@helium/model';
import { buildCandidateHead } from './candidate-head.ts';
import { buildLayers, type GraphContext } from './decoder-layers.ts';
import type { ModelWeights } from './model-weights.ts';
import { OnnxGraph, type Value } from './onnx-graph.ts';
import { pastNames } from './prefill-graph.ts';
import { rotate } from './rotary.ts';

/**
 * One token for each of B sequences, each with its own past in a slab of T tokens.
 *
 * In: `embeddings` [B, hidden], `zeroPoints` uint8 [B, 1], `positions` int64 [B, 1], `mask`
 * [B, 1, 1, 1, T + 1], `sizes` int64 [2] = [T, 1], and per layer the slab [B, kvHeads, 1, T, headDim].
 * Out: `kv` [layers × 2 × B, kvHeads × headDim], `hidden` [B, hidden], `candidates` [B, …].
 *
 * An attention product has one row, so it takes the matrix-vector kernel, which packs nothing and sums
 * over the tokens in one order whatever B and T are.
 */
export function buildDecodeGraph(
  config: ModelConfig,
  weights: ModelWeights,
  weightFile: string,
): Uint8Array {
  const { kvHeads, headDim } = config;
  const graph = new OnnxGraph(weightFile);
  graph.input('embeddings', 'float32', ['batch', config.hidden]);
  graph.input('zeroPoints', 'uint8', ['batch', 1]);
  graph.input('positions', 'int64', ['batch', 1]);
  graph.input('mask', 'float32', ['batch', 1, 1, 1, 'attended']);
  graph.input('sizes', 'int64', [2]);
  const context: GraphContext = { graph, config, weights, zeroPoints: 'zeroPoints' };
  const kv: Value[] = [];
  const all = { first: 0, end: config.layers };
  const residual = buildLayers(context, 'embeddings', all, (projections, layer) => {
    const { query, key, value } = rotate(context, projections, layer, [-1, 1]);
    const [pastKey, pastValue] = pastNames(layer).map((name) =>
      graph.input(name, 'float32', ['batch', kvHeads, 1, 'capacity', headDim]),
    ) as [Value, Value];
    kv.push(key, value);
    const perHead = graph.int64s(-1, kvHeads, 1, 1, headDim);
    const grouped = graph.int64s(-1, kvHeads, ...groupShape(config), headDim);
    const mixed = attend(graph, graph.op('Reshape', [query, grouped]), {
      pastKey,
      pastValue,
      key: graph.op('Reshape', [key, perHead]),
      value: graph.op('Reshape', [value, perHead]),
    });
    return graph.op('Reshape', [mixed, graph.int64s(-1, config.heads * headDim)]);
  });
  graph.node('Concat', kv, ['kv'], { axis: 0 });
  graph.output('kv', 'float32', ['records', kvHeads * headDim]);
  buildCandidateHead(context, residual);
  return graph.serialize();
}

/**
 * How the heads of a group meet their KV head: one product each, of one row. With a single KV head,
 * onnxruntime would join them to one product for B = 1 only; there they are one for every B.
 */
function groupShape({ heads, kvHeads }: ModelConfig): readonly [products: number, rows: number] {
  const group = heads / kvHeads;
  return kvHeads === 1 ? [1, group] : [group, 1];
}

interface KeysAndValues {
  readonly pastKey: Value;
  readonly pastValue: Value;
  readonly key: Value;
  readonly value: Value;
}

function attend(graph: OnnxGraph, query: Value, kv: KeysAndValues): Value {
  const past = graph.op('FusedMatMul', [query, kv.pastKey], { transB: 1 });
  const own = graph.op('FusedMatMul', [query, kv.key], { transB: 1 });
  const masked = graph.op('Add', [graph.op('Concat', [past, own], { axis: -1 }), 'mask']);
  const weights = graph.op('Softmax', [masked], { axis: -1 });
  const [pastWeights, ownWeight] = graph.ops('Split', [weights, 'sizes'], 2, { axis: -1 });
  return graph.op('Add', [
    graph.op('MatMul', [pastWeights!, kv.pastValue]),
    graph.op('Mul', [ownWeight!, kv.value]),
  ]);
}
