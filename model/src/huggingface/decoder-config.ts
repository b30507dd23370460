import { basename } from 'node:path';
import { type Fault, HeliumError, type JsonObject } from '@helium/shared';
import type { Architecture, AttentionBias, ModelConfig } from '../model-file.ts';
import { type ConfigReader, configReaderOf } from './config-reader.ts';

import { readRopeScaling, ropeObject } from './rope-settings.ts';

/** What a class of transformers means where config.json is silent. */
interface Family {
  readonly architecture: Architecture;
  readonly headNorms: boolean;
  /** Undefined: as many as heads. */
  readonly kvHeads?: number;
  /** Undefined: hidden / heads. */
  readonly headDim?: number;
  bias(json: JsonObject): AttentionBias;
  slidingWindow(json: JsonObject): unknown;
}

const named = ({ attention_bias: bias }: JsonObject) => (bias === true ? 'qkvo' : 'none');

/** Qwen's windows are off unless a second field turns them on. */
const switchedWindow = (json: JsonObject) =>
  json.use_sliding_window === true ? (json.sliding_window ?? 4096) : null;

const FAMILIES: Readonly<Record<string, Family>> = {
  LlamaForCausalLM: {
    architecture: 'llama',
    headNorms: false,
    bias: named,
    slidingWindow: () => null,
  },
  MistralForCausalLM: {
    architecture: 'mistral',
    headNorms: false,
    kvHeads: 8,
    bias: () => 'none',
    slidingWindow: ({ sliding_window: window = 4096 }) => window,
  },
  Qwen2ForCausalLM: {
    architecture: 'qwen2',
    headNorms: false,
    kvHeads: 32,
    bias: () => 'qkv',
    slidingWindow: switchedWindow,
  },
  Qwen3ForCausalLM: {
    architecture: 'qwen3',
    headNorms: true,
    kvHeads: 32,
    headDim: 128,
    bias: named,
    slidingWindow: switchedWindow,
  },
};

/**
 * Configuration from config.json. Throws MODEL_UNSUPPORTED, by name, for other architectures and for
 * what the families served lack (biases elsewhere, other activations), MODEL_INVALID listing all faults.
 */
export function readDecoderConfig(folder: string, json: JsonObject): ModelConfig {
  const faults: Fault[] = [];
  const reader = configReaderOf(folder, json, faults);
  const family = requireFamily(json, reader);
  refuseVariants(json, reader);
  const hidden = reader.count('hidden_size');
  const heads = reader.count('num_attention_heads');
  const contextTokens = reader.count('max_position_embeddings');
  const headDim = reader.count('head_dim', family.headDim ?? hidden / heads);
  const isScaledBeside = (json.original_max_position_embeddings ?? undefined) !== undefined;
  const originalTokens = isScaledBeside
    ? reader.count('original_max_position_embeddings')
    : undefined;
  const rope = configReaderOf(folder, ropeObject(json), faults, 'rope_scaling.');
  const { rope_theta: ropeTheta = 10_000 } = ropeObject(json);
  const config: ModelConfig = {
    architecture: family.architecture,
    name: basename(folder),
    hidden,
    layers: reader.count('num_hidden_layers'),
    heads,
    kvHeads: reader.count('num_key_value_heads', family.kvHeads ?? heads),
    headDim,
    feedForward: reader.count('intermediate_size'),
    vocab: reader.count('vocab_size'),
    contextTokens,
    ropeBase: reader.positive('rope_theta', Number(ropeTheta)),
    ropeScaling: readRopeScaling(json, reader, rope, { contextTokens, headDim, originalTokens }),
    normEpsilon: reader.positive('rms_norm_eps', 1e-6),
    attentionBias: family.bias(json),
    headNorms: family.headNorms,
    slidingWindow: readWindow(family.slidingWindow(json), reader),
    tiedEmbeddings: json.tie_word_embeddings === true,
  };
  if (config.heads % config.kvHeads !== 0) {
    reader.fault('num_key_value_heads', `must divide ${config.heads} heads`);
  }
  if (config.headDim % 2 !== 0) {
    reader.fault('head_dim', `is ${config.headDim}, it must be even`);
  }
  if (faults.length === 0) return config;
  throw new HeliumError('MODEL_INVALID', `${folder}: config.json is malformed`, { faults });
}

function readWindow(value: unknown, reader: ConfigReader): number | null {
  if (value === null || (typeof value === 'number' && value >= 1)) return value;
  reader.fault('sliding_window', `is ${JSON.stringify(value)}, a positive number is expected`);
  return null;
}

function requireFamily(json: JsonObject, reader: ConfigReader): Family {
  const architectures: readonly unknown[] = Array.isArray(json.architectures)
    ? json.architectures
    : [];
  const name = architectures.find((each) => Object.hasOwn(FAMILIES, String(each)));
  if (name !== undefined) return FAMILIES[String(name)]!;
  const found = architectures.join(', ') || String(json.model_type ?? 'none');
  throw reader.unsupported(`architecture ${found}`, Object.keys(FAMILIES).join(', '));
}

function refuseVariants(json: JsonObject, reader: ConfigReader): void {
  const activation = json.hidden_act ?? 'silu';
  if (activation !== 'silu') throw reader.unsupported(`activation ${activation}`, 'silu');
  if (json.mlp_bias === true) throw reader.unsupported('mlp_bias', 'biases of attention');
  if (json.quantization_config !== undefined) {
    throw reader.unsupported('quantization_config', 'F32, F16 and BF16 weights');
  }
}
