import type { ModelConfig } from '@helium/model';
import { type GraphContext, normedActivation } from './decoder-layers.ts';
import { product } from './linear.ts';
import type { ModelWeights } from './model-weights.ts';
import { OnnxGraph, type Value } from './onnx-graph.ts';
import { CANDIDATES } from './precision.ts';

/**
 * The head alone, for the last token of a prompt: `residual` [N, hidden] and `zeroPoints` uint8 [N, 1]
 * in, `hidden` and `candidates` out. Other chunks of a prompt do without it.
 */
export function buildHeadGraph(
  config: ModelConfig,
  weights: ModelWeights,
  weightFile: string,
): Uint8Array {
  const graph = new OnnxGraph(weightFile);
  const residual = graph.input('residual', 'float32');
  const zeroPoints = graph.input('zeroPoints', 'uint8');
  buildCandidateHead({ graph, config, weights, zeroPoints }, residual);
  return graph.serialize();
}

/**
 * The end of the graphs that yield tokens: final norm and head of `residual` [rows, hidden]. Outputs `hidden` (normed,
 * [rows, hidden]) and `candidates` (int64 ids of the head's best tokens, best first). The head's
 * rounding decides only who is a candidate: logits are computed exactly from `hidden` outside.
 */
export function buildCandidateHead(context: GraphContext, residual: Value): void {
  const { graph, config, weights } = context;
  const count = candidateCount(config.vocab);
  graph.node(
    'SimplifiedLayerNormalization',
    [residual, graph.stored(weights.finalNorm)],
    ['hidden'],
    { axis: -1, epsilon: { float: config.normEpsilon } },
  );
  const logits = product(graph, normedActivation(context, 'hidden'), weights.head);
  graph.node(
    'TopK',
    [logits.value, graph.int64s(count)],
    [graph.freshName('values'), 'candidates'],
    { axis: -1, largest: 1, sorted: 1 },
  );
  graph.output('hidden', 'float32');
  graph.output('candidates', 'int64');
}

/** Candidates for each row: CANDIDATES, or the whole vocabulary where that is smaller. */
function candidateCount(vocab: number): number {
  return Math.min(CANDIDATES, vocab);
}
