import type { ModelConfig } from '@helium/model';
import type { OnnxGraph, Value } from './onnx-graph.ts';
import type { GraphForm } from './precision.ts';

/**
 * Whether the heads of a KV head, and of all rows of a group the keys they share, meet keys in one product, or each
 * head by itself. A product of one row has a kernel of its own, whose bits are others: so several only where
 * a row by itself has several heads for each KV head. With a single KV head always: see `headProducts`.
 */
export function stacksQueries(config: ModelConfig, form: GraphForm): boolean {
  const { heads, kvHeads } = config;
  return heads > kvHeads && (form.stackedQueries || kvHeads === 1);
}

/** Queries by keys. A score is one sum whatever the product it is in. */
export function buildScores(graph: OnnxGraph, queries: Value, keys: Value): Value {
  return graph.op('FusedMatMul', [queries, keys], { transB: 1 });
}

/**
 * The same of stacked queries, all rows of a group in one product for each KV head: [E, B, kvHeads, G, P]. `shape`: the
 * input that has these sizes.
 */
export function buildStackedScores(
  graph: OnnxGraph,
  queries: Value,
  sharedKey: Value,
  shape: 'stackedScores' | 'draftScores',
): Value {
  const swapped = { perm: [0, 2, 1, 3, 4] };
  const byHead = graph.op('Transpose', [queries], swapped);
  const stacked = graph.op('Reshape', [byHead, 'stackedQueries']);
  const together = buildScores(graph, stacked, sharedKey);
  const apart = graph.op('Reshape', [together, shape], { allowzero: 1 });
  return graph.op('Transpose', [apart], swapped);
}
