import type { ModelConfig } from '@helium/model';
import { stacksQueries } from './attention-scores.ts';
import type { OnnxGraph } from './onnx-graph.ts';
import type { GraphForm } from './precision.ts';

/**
 * Inputs of the whole graph beside each layer's past: `mask` [E, B, 1, 1, T], `sizes` int64 [3] =
 * [P, T, 1], and shapes, for a past of P shared tokens (perhaps none) and T of each row's own, both
 * whole segments: `queryShape`, `recentShape`, `sharedWeights`, `ownWeights`, and where queries are stacked
 * `stackedQueries` and `stackedScores`. Where they are not, `mask` and the first two shapes have a 1 more, before
 * their last axis. `emptySegments` are zeros, [E, B, kvHeads, products, 0 or 1, rows, headDim], as `headProducts` and
 * `emptySegments` say.
 *
 * With `hasDrafts` (bool, []) the R rows are consecutive tokens of S sequences, D of each at most. Attention computes D of
 * each: E is S and B is D everywhere but in the past, which stays [1, S, …]. `paddedRows` int64 [S × D]: the row of each
 * of these, any of its sequence where there is none; `unpaddedRows` int64 [R]: their numbers of the rows. `draftPlaces` int64
 * [R × kvHeads, 1]: where each row's token belongs in the own past, as a list of heads of tokens. `draftKeys` and
 * `draftValues` are the own past's sizes as the rows meet it, those of a shared one; `draftScores` as `stackedScores`, of T
 * tokens.
 */
export function declareAttentionInputs(
  graph: OnnxGraph,
  config: ModelConfig,
  form: GraphForm,
): void {
  for (const name of ['emptySegments', 'mask']) graph.input(name, 'float32');
  graph.input('hasDrafts', 'bool');
  for (const name of SIZES) graph.input(name, 'int64');
  for (const name of stacksQueries(config, form) ? STACKED_SIZES : []) graph.input(name, 'int64');
}

const SIZES = [
  'sizes',
  'queryShape',
  'recentShape',
  'sharedWeights',
  'ownWeights',
  'draftPlaces',
  'paddedRows',
  'unpaddedRows',
  'draftKeys',
  'draftValues',
];
const STACKED_SIZES = ['stackedQueries', 'stackedScores', 'draftScores'];

/** Names of a layer's past: what a group's rows share, then what each row has of its own. */
export interface DecodePastNames {
  readonly sharedKey: string;
  readonly sharedValue: string;
  readonly ownKey: string;
  readonly ownValue: string;
}

export function decodePastNames(layer: number): DecodePastNames {
  return {
    sharedKey: `sharedKey.${layer}`,
    sharedValue: `sharedValue.${layer}`,
    ownKey: `ownKey.${layer}`,
    ownValue: `ownValue.${layer}`,
  };
}

/**
 * A layer's past: the shared keys [E, kvHeads, P, headDim], or where queries are not stacked [E, 1, kvHeads, 1, P,
 * headDim], a row's own [E, B, kvHeads, T, headDim], or [E, B, kvHeads, 1, T, headDim], values in segments, [E, 1 or
 * B, kvHeads, 1, segments, 64, headDim].
 */
export function declarePast(graph: OnnxGraph, layer: number): DecodePastNames {
  const names = decodePastNames(layer);
  for (const name of [names.sharedKey, names.ownKey, names.sharedValue, names.ownValue]) {
    graph.input(name, 'float32');
  }
  return names;
}
