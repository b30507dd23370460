import { ropeFrequencies } from '../rope/rope-frequencies.ts';
import { longropeMagnitude, NO_ROPE_SCALING, yarnMagnitude } from '../rope/rope-scaling.ts';
import { TINY_ENCODERS, type TinyModelOptions, type TinyStorage } from './tiny-gguf.ts';
import type { TinyFolderOptions } from './tiny-huggingface.ts';
import { TINY_SHAPE, type TinyShape } from './tiny-weights.ts';

/** A tiny model laid out as the models of a family are: proportions, biases, norms, rope, head. */
export interface TinyLayout {
  readonly shape: Partial<TinyShape>;
  /** Keys of config.json that the shape does not give. */
  readonly config?: TinyFolderOptions['config'];
}

/** First context of the scaled layouts, tokens: short, so that short texts reach beyond it. */
const ORIGINAL_TOKENS = 32;

const LLAMA3: TinyShape['ropeScaling'] = {
  kind: 'llama3',
  factor: 8,
  lowFrequencyFactor: 1,
  highFrequencyFactor: 4,
  originalTokens: ORIGINAL_TOKENS,
};

const YARN: TinyShape['ropeScaling'] = {
  kind: 'yarn',
  factor: 4,
  originalTokens: ORIGINAL_TOKENS,
  betaFast: 4,
  betaSlow: 1,
  truncate: true,
  magnitude: yarnMagnitude(4),
};

/** A first context that the texts do not leave: beyond it calls are not served. */
const LONGROPE_TOKENS = 128;
const LONGROPE_DIVISORS = [1, 1, 1.05, 1.2, 1.6, 2.5, 4, 6];

/** What is checked against transformers, by name. */
export const TINY_LAYOUTS: Readonly<Record<string, TinyLayout>> = {
  'SmolLM2 135M': { shape: { heads: 9, kvHeads: 3, hidden: 144, ropeBase: 100_000 } },
  'SmolLM2 360M': { shape: { heads: 15, kvHeads: 5, hidden: 240, ropeBase: 100_000 } },
  'SmolLM2 1.7B': { shape: { heads: 4, kvHeads: 4, ropeBase: 130_000 } },
  'Llama 2': { shape: { heads: 4, kvHeads: 4, tiedEmbeddings: false } },
  'Llama 3.1': {
    shape: {
      heads: 8,
      kvHeads: 2,
      hidden: 128,
      ropeBase: 5e5,
      ropeScaling: LLAMA3,
      tiedEmbeddings: false,
    },
  },
  'Llama with biases': { shape: { attentionBias: 'qkvo' } },
  'Llama with linear rope': { shape: { ropeScaling: { kind: 'linear', factor: 4 } } },
  'Llama with dynamic rope': {
    shape: {},
    config: { rope_scaling: { rope_type: 'dynamic', factor: 4 } },
  },
  Mistral: {
    shape: { architecture: 'mistral', kvHeads: 2, tiedEmbeddings: false },
    config: { sliding_window: 256 },
  },
  Qwen2: { shape: { architecture: 'qwen2', attentionBias: 'qkv', ropeBase: 1e6 } },
  'Qwen2.5 with YaRN': {
    shape: {
      architecture: 'qwen2',
      attentionBias: 'qkv',
      ropeBase: 1e6,
      ropeScaling: YARN,
      tiedEmbeddings: false,
    },
  },
  Qwen3: { shape: { architecture: 'qwen3', headNorms: true, headDim: 32, ropeBase: 1e6 } },
  'Qwen3 with biases': {
    shape: {
      architecture: 'qwen3',
      headNorms: true,
      headDim: 32,
      attentionBias: 'qkvo',
      tiedEmbeddings: false,
    },
  },
  'Llama with LongRoPE': {
    shape: {
      ropeScaling: {
        kind: 'longrope',
        divisors: LONGROPE_DIVISORS,
        originalTokens: LONGROPE_TOKENS,
        magnitude: longropeMagnitude(TINY_SHAPE.contextTokens / LONGROPE_TOKENS, LONGROPE_TOKENS),
      },
    },
    // What config.json does not say follows from the two contexts.
    config: {
      rope_scaling: {
        rope_type: 'longrope',
        short_factor: LONGROPE_DIVISORS,
        long_factor: LONGROPE_DIVISORS.map((divisor) => divisor * 2),
        original_max_position_embeddings: LONGROPE_TOKENS,
      },
    },
  },
};

/**
 * The layout's model as GGUF stores it: Mistral is "llama", and what llama3 scaling does are divisors, as
 * llama.cpp's converter writes them.
 */
export function ggufOptions({ shape }: TinyLayout): TinyModelOptions {
  const full = { ...TINY_SHAPE, ...shape };
  const architecture = full.architecture === 'mistral' ? 'llama' : full.architecture;
  if (full.ropeScaling.kind !== 'llama3') return { ...shape, architecture };
  const scaled = ropeFrequencies(full).frequencies;
  const plain = ropeFrequencies({ ...full, ropeScaling: NO_ROPE_SCALING }).frequencies;
  const divisors = [...plain].map((frequency, i) => frequency / scaled[i]!);
  return { ...shape, architecture, ropeScaling: { kind: 'divisors', divisors } };
}

/** A tiny GGUF file with its matrices stored as each type there is, by the type's name. */
export const TINY_STORED: Readonly<Record<string, TinyModelOptions>> = Object.fromEntries(
  Object.keys(TINY_ENCODERS).map((storage) => [
    storage,
    { storage: storage as TinyStorage, hidden: 256, feedForward: 256, headDim: 64 },
  ]),
);
