import type { ModelDigest } from '@helium/shared';
import type { TokenizerSpec } from '@helium/shared/tokenizer';

/** Shape of a Llama-family decoder. Sizes are counts; `headDim` is per head. */
export interface ModelConfig {
  readonly architecture: 'llama';
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
  readonly normEpsilon: number;
  /** The output head is the embedding. */
  readonly tiedEmbeddings: boolean;
}

/** Per layer: all row-major [out, in] float32; q and k rows in rotate-half order (Hugging Face's). */
export const LAYER_TENSORS = {
  attnNorm: (c: ModelConfig) => [c.hidden],
  q: (c: ModelConfig) => [c.heads * c.headDim, c.hidden],
  k: (c: ModelConfig) => [c.kvHeads * c.headDim, c.hidden],
  v: (c: ModelConfig) => [c.kvHeads * c.headDim, c.hidden],
  o: (c: ModelConfig) => [c.hidden, c.heads * c.headDim],
  ffnNorm: (c: ModelConfig) => [c.hidden],
  gate: (c: ModelConfig) => [c.feedForward, c.hidden],
  up: (c: ModelConfig) => [c.feedForward, c.hidden],
  down: (c: ModelConfig) => [c.hidden, c.feedForward],
} as const;

export type LayerTensorName = keyof typeof LAYER_TENSORS;

/** An opened model: checked as a whole, tensors read on demand. */
export interface ModelFile {
  readonly path: string;
  readonly config: ModelConfig;
  readonly tokenizer: TokenizerSpec;
  /** Of the weights as stored, the tokenizer and the template. */
  readonly digest: ModelDigest;
  /** [vocab, hidden]. */
  readEmbedding(): Float32Array;
  /** [hidden]. */
  readFinalNorm(): Float32Array;
  /** [vocab, hidden]; the embedding where tied. */
  readHead(): Float32Array;
  readLayer(layer: number, tensor: LayerTensorName): Float32Array;
  close(): void;
}
