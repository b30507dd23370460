import type { ModelConfig } from '@helium/model';
import { buildCandidateHead } from './candidate-head.ts';
import { declareAttentionInputs } from './decode-inputs.ts';
import { buildLayers, type GraphContext } from './decoder-layers.ts';
import type { ModelWeights } from './model-weights.ts';
import { OnnxGraph, type Value } from './onnx-graph.ts';
import type { GraphForm } from './precision.ts';
import { rotate } from './rotary.ts';
import { buildSegmentedAttention } from './segmented-attention.ts';

/**
 * One token for each of R rows: of R sequences, each with its own past, in E groups of B, or with `hasDrafts` of fewer
 * sequences that have several rows each.
 *
 * In: `embeddings` [R, hidden], `zeroPoints` uint8 [R, 1], `positions` int64 [R, 1], and the past as
 * `declareAttentionInputs` says.
 * Out: `kv` [layers × 2 × R, kvHeads × headDim], `hidden` [R, hidden], `candidates` [R, …].
 */
export function buildDecodeGraph(
  config: ModelConfig,
  weights: ModelWeights,
  weightFile: string,
  form: GraphForm,
): Uint8Array {
  const graph = new OnnxGraph(weightFile);
  graph.input('embeddings', 'float32');
  graph.input('zeroPoints', 'uint8');
  graph.input('positions', 'int64');
  declareAttentionInputs(graph, config, form);
  const context: GraphContext = { graph, config, weights, zeroPoints: 'zeroPoints' };
  const kv: Value[] = [];
  const all = { first: 0, end: config.layers };
  const residual = buildLayers(context, 'embeddings', all, (projections, layer) => {
    const rotated = rotate(context, projections, layer, [-1, 1]);
    kv.push(rotated.key, rotated.value);
    return buildSegmentedAttention(context, rotated, layer, form);
  });
  graph.node('Concat', kv, ['kv'], { axis: 0 });
  graph.output('kv', 'float32');
  buildCandidateHead(context, residual);
  return graph.serialize();
}
