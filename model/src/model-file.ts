import type { ModelDigest } from '@helium/shared';
import type { TokenizerSpec } from '@helium/shared/tokenizer';
import type { RopeScaling } from './rope/rope-scaling.ts';
import type { RowTable } from './row-table.ts';

/**
 * The families served: pre-norm decoders with rope, grouped heads and a gated SiLU feed-forward. They
 * differ in what ModelConfig says, nothing else.
 */
const ARCHITECTURES = ['llama', 'mistral', 'qwen2', 'qwen3'] as const;

export type Architecture = (typeof ARCHITECTURES)[number];

/** Which of attention's linear layers add a bias: none, q, k and v, or those and o. */
export type AttentionBias = 'none' | 'qkv' | 'qkvo';

/** Shape of a decoder. Sizes are counts; `headDim` is per head, whatever `hidden` is. */
export interface ModelConfig {
  readonly architecture: Architecture;
  readonly name: string;
  readonly hidden: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly feedForward: number;
  readonly vocab: number;
  readonly contextTokens: number;
  readonly ropeBase: number;
  readonly ropeScaling: RopeScaling;
  readonly normEpsilon: number;
  readonly attentionBias: AttentionBias;
  /** Each head of q and k is normed (RMS) before it is rotated. */
  readonly headNorms: boolean;
  /** Tokens that a token attends to, itself included; null: all before it. */
  readonly slidingWindow: number | null;
  /** The output head is the embedding. */
  readonly tiedEmbeddings: boolean;
}

type ShapeOf = (config: ModelConfig) => readonly number[] | null;

const heads = (c: ModelConfig) => c.heads * c.headDim;
const kvHeads = (c: ModelConfig) => c.kvHeads * c.headDim;

/**
 * Per layer: all row-major [out, in] float32; q and k rows in rotate-half order (Hugging Face's). Null
 * where a model of the configuration has no such tensor.
 */
export const LAYER_TENSORS = {
  attnNorm: (c) => [c.hidden],
  q: (c) => [heads(c), c.hidden],
  k: (c) => [kvHeads(c), c.hidden],
  v: (c) => [kvHeads(c), c.hidden],
  o: (c) => [c.hidden, heads(c)],
  ffnNorm: (c) => [c.hidden],
  gate: (c) => [c.feedForward, c.hidden],
  up: (c) => [c.feedForward, c.hidden],
  down: (c) => [c.hidden, c.feedForward],
  qBias: (c) => (c.attentionBias === 'none' ? null : [heads(c)]),
  kBias: (c) => (c.attentionBias === 'none' ? null : [kvHeads(c)]),
  vBias: (c) => (c.attentionBias === 'none' ? null : [kvHeads(c)]),
  oBias: (c) => (c.attentionBias === 'qkvo' ? [c.hidden] : null),
  qNorm: (c) => (c.headNorms ? [c.headDim] : null),
  kNorm: (c) => (c.headNorms ? [c.headDim] : null),
} as const satisfies Readonly<Record<string, ShapeOf>>;

export type LayerTensorName = keyof typeof LAYER_TENSORS;

/** An opened model: checked as a whole, tensors read on demand. */
export interface ModelFile {
  readonly path: string;
  readonly config: ModelConfig;
  readonly tokenizer: TokenizerSpec;
  /** Of the weights as stored, the tokenizer and the template. */
  readonly digest: ModelDigest;
  /** [vocab, hidden]: its stored bytes are in memory from then on. */
  openEmbedding(): RowTable;
  /** [hidden]. */
  readFinalNorm(): Float32Array;
  /** [vocab, hidden]; the embedding where tied. */
  openHead(): RowTable;
  /** Throws INVARIANT_BROKEN for a tensor that LAYER_TENSORS denies the model. */
  readLayer(layer: number, tensor: LayerTensorName): Float32Array;
  close(): void;
}
